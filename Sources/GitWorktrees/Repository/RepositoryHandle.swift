internal import CGit2
internal import Glibc

/// An open repository: history and references from the user's, objects from the user's together
/// with a quarantine. Whatever is written goes to the quarantine; the user's repository is only
/// ever written by `BranchCommit`.
///
/// Not for use by two threads at once: `GitRepository` serialises, and a parallel worker opens its
/// own.
package struct RepositoryHandle: ~Copyable {
    /// The user's repository, with the joined object database.
    let references: GitPointer
    /// The same objects seen without configuration, attributes, index or hooks: what content is
    /// compared and converted with.
    let contents: GitPointer
    let objects: GitPointer
    /// Absolute path of the common git directory, without a trailing slash.
    package let commonDirectory: String
    /// Absolute path of the working directory; `nil` in a bare repository.
    package let workingDirectory: String?
    /// Absolute path of `objects/` of the quarantine.
    package let quarantine: String?
    package let isShallow: Bool

    /// - Parameters:
    ///   - path: any path inside the repository, or a bare repository.
    ///   - quarantine: a directory for new objects, made if it is missing; `nil` opens the
    ///     repository for reading only.
    package init(
        at path: String, quarantine: String? = nil, trust: RepositoryTrust = .callersOwn
    ) throws(GitError) {
        try LibGit2.start()
        let opened = try Self.open(path)
        let common = Self.directory(git_repository_commondir(opened.raw)) ?? path
        let working = Self.directory(git_repository_workdir(opened.raw))
        if trust == .callersOwn {
            let own = Self.directory(git_repository_path(opened.raw)) ?? common
            let owned = [common, own] + (working.map { [$0] } ?? [])
            try RepositoryOwnership.check(owned, repository: working ?? common)
        }
        try RepositoryFormat.check(opened.raw, path: common)

        let joined = try Self.joinedObjects(of: common, quarantine: quarantine)
        try LibGit2.check(
            git_repository_set_odb(opened.raw, joined.raw), "join objects", common)
        contents = try Self.contentRepository(over: joined.raw)
        references = opened
        objects = joined
        commonDirectory = common
        workingDirectory = working
        self.quarantine = quarantine
        isShallow = git_repository_is_shallow(references.raw) == 1
    }

    private static func open(_ path: String) throws(GitError) -> GitPointer {
        do {
            return try GitPointer("open repository", path, free: git_repository_free) {
                git_repository_open_ext(&$0, path, GIT_REPOSITORY_OPEN_CROSS_FS.rawValue, nil)
            }
        } catch {
            if error.code == .objectNotFound {
                throw GitError(
                    .notARepository, operation: "open repository", subject: path,
                    reason: access(path, F_OK) == 0
                        ? "neither it nor a directory above it is a git repository"
                        : "there is no such path",
                    remedy: "Name a directory inside a repository, or run `git init`")
            }
            throw RepositoryFormat.explained(error)
        }
    }

    /// An object database that reads the user's objects and writes to the quarantine.
    private static func joinedObjects(
        of common: String, quarantine: String?
    ) throws(GitError) -> GitPointer {
        let users = common + "/objects"
        let joined = try GitPointer("open objects", users, free: git_odb_free) { git_odb_new(&$0) }
        if let quarantine {
            try PrivateDirectory.make(quarantine)
            var loose: UnsafeMutablePointer<git_odb_backend>?
            // Level -1 is zlib's default; no fsync: a lost quarantine is made again.
            try LibGit2.check(
                git_odb_backend_loose(&loose, quarantine, -1, 0, 0o700, 0o600),
                "open quarantine", quarantine)
            let result = git_odb_add_backend(joined.raw, loose, 1)
            try LibGit2.check(result, "open quarantine", quarantine)
        }
        // As an alternate it is never written, and its own alternates are followed.
        try LibGit2.check(git_odb_add_disk_alternate(joined.raw, users), "open objects", users)
        return joined
    }

    static func contentRepository(over objects: OpaquePointer) throws(GitError)
        -> GitPointer
    {
        let bare = try GitPointer("prepare", "object view", free: git_repository_free) {
            git_repository_new(&$0)
        }
        try LibGit2.check(git_repository_set_odb(bare.raw, objects), "prepare", "object view")
        let empty = try GitPointer("prepare", "object view", free: git_config_free) {
            git_config_new(&$0)
        }
        try LibGit2.check(git_repository_set_config(bare.raw, empty.raw), "prepare", "object view")
        return bare
    }

    /// The library's directories end in a slash.
    private static func directory(_ path: UnsafePointer<CChar>?) -> String? {
        guard let path else { return nil }
        let text = String(cString: path)
        return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
