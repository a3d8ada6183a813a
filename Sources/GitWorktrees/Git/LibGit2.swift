internal import CGit2
internal import Glibc

/// The library's process-wide state, and the translation of its errors.
enum LibGit2 {
    /// Starts the library once.
    ///
    /// - No configuration outside the repository is read, so that a checkout depends on the tree
    ///   alone and not on who runs Drydock.
    /// - The library's owner check depends on that configuration; `RepositoryOwnership` does it.
    /// - Objects that a tree names need not exist: a partial tree of a change set is written
    ///   before its blobs are looked at, and existence checks rescan every pack on a miss.
    /// - Trees are kept up to 1 MiB instead of 4 KiB: a directory of a few hundred files would be
    ///   inflated and parsed anew for every name that is looked up in it.
    private static let isStarted: Bool = {
        guard git_libgit2_init() > 0 else { return false }
        let levels = [
            GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
            GIT_CONFIG_LEVEL_GLOBAL,
        ]
        for level in levels where cgit2_set_search_path(level.rawValue, "") != 0 { return false }
        return cgit2_set_owner_validation(0) == 0 && cgit2_set_strict_object_creation(0) == 0
            && cgit2_set_cache_object_limit(GIT_OBJECT_TREE, 1 << 20) == 0
    }()

    /// Starts the library beside what else is done; whoever needs it waits for the end of it. It reads
    /// the machine's certificates, which takes milliseconds.
    static func startAhead() { Task.detached(priority: .high) { _ = isStarted } }

    static func start() throws(GitError) {
        guard isStarted else {
            throw GitError(
                .library, operation: "start", subject: "libgit2", reason: "it did not initialise",
                remedy: "Check that libgit2 1.5 is installed")
        }
    }

    /// Turns a result code of the library's into an error. Call it on the thread that made the
    /// call: the library keeps its message per thread.
    static func check(
        _ result: CInt, _ operation: String, _ subject: @autoclosure () -> String
    ) throws(GitError) {
        guard result < 0 else { return }
        let systemError = errno
        let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
        let reason = message ?? "libgit2 error \(result)"
        let isDiskFull =
            systemError == ENOSPC || systemError == EDQUOT
            || reason.hasSuffix(String(cString: strerror(ENOSPC)))
        if isDiskFull, result == GIT_ERROR.rawValue {
            throw GitError(
                .diskFull, operation: operation, subject: subject(), reason: reason,
                remedy: "Free space, then try again: nothing was lost")
        }
        let code: GitError.Code =
            switch result {
            case GIT_ENOTFOUND.rawValue: .objectNotFound
            case GIT_EINVALIDSPEC.rawValue, GIT_EAMBIGUOUS.rawValue: .invalidArgument
            default: .library
            }
        throw GitError(code, operation: operation, subject: subject(), reason: reason)
    }
}

/// Owns one object of libgit2's and frees it.
struct GitPointer: ~Copyable {
    let raw: OpaquePointer
    private let free: (OpaquePointer) -> Void

    /// - Parameters:
    ///   - free: the library's function for this type.
    ///   - make: calls the library; its result code becomes an error.
    init(
        _ operation: String, _ subject: @autoclosure () -> String,
        free: @escaping (OpaquePointer) -> Void,
        make: (inout OpaquePointer?) -> CInt
    ) throws(GitError) {
        var made: OpaquePointer?
        try LibGit2.check(make(&made), operation, subject())
        guard let made else {
            throw GitError(
                .library, operation: operation, subject: subject(), reason: "nothing was returned")
        }
        raw = made
        self.free = free
    }

    deinit { free(raw) }
}
