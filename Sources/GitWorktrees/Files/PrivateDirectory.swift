internal import Glibc

/// Directories that belong to this user alone.
enum PrivateDirectory {
    /// Makes it and what is missing above it, and checks that nobody else can write there.
    ///
    /// - Parameter mayBePassedThrough: whether others may reach what is below by its name, where that
    ///   is theirs.
    static func make(
        _ path: String, mayBePassedThrough: Bool = false
    ) throws(GitError) {
        var made = ""
        for component in path.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST || access(made, X_OK) == 0 else {
                throw GitError.system("make directory", made)
            }
        }
        try check(path, openBits: mayBePassedThrough ? 0o066 : 0o077)
    }

    static func check(_ path: String, openBits: mode_t = 0o077) throws(GitError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw GitError.system("look at", path) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & openBits == 0
        else {
            throw GitError(
                .refused, operation: "use directory", subject: path,
                reason: "it is open to other users, or belongs to one",
                remedy: "chown it to user \(geteuid()) and chmod it 0700, or remove it")
        }
    }
}

/// A directory in which something is made and that is moved away when it is whole. It is locked
/// while its maker lives: what a crash leaves is told from what is being made.
struct ScratchDirectory: ~Copyable {
    let path: String
    private let lock: FileLock

    init(in parent: String) throws(GitError) {
        var template = Array("\(parent)/XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw GitError.system("make directory", parent) }
        let made = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let lock = FileLock(ifFree: made) else { throw GitError.system("lock", made) }
        path = made
        self.lock = lock
    }

    /// Makes it the final entry at once; what lay there must have been moved away.
    func move(_ name: String, to destination: String) throws(GitError) {
        guard rename("\(path)/\(name)", destination) == 0 else {
            throw GitError.system("move into place", destination)
        }
    }

    deinit {
        // Best effort: the collector takes what is left, as nobody holds its lock any more.
        try? Self.removeTree(path)
    }

    static func removeTree(_ path: String) throws(GitError) {
        let name = CheckoutPlan.name(of: Array(path.utf8))
        let parent = String(decoding: CheckoutPlan.parent(of: Array(path.utf8)), as: UTF8.self)
        try DirectoryHandle(parent.isEmpty ? "/" : parent).remove(name)
    }
}
