internal import CGit2

/// Moves objects from a quarantine to the repository they are for.
struct ObjectMigration: ~Copyable {
    private let target: GitPointer
    private let path: String

    /// - Parameter path: absolute, of the repository's `objects`.
    init(to path: String) throws(GitError) {
        let target = try GitPointer("open objects", path, free: git_odb_free) { git_odb_new(&$0) }
        var loose: UnsafeMutablePointer<git_odb_backend>?
        // Flushed to disk each: a branch must never name what a power cut took away. Modes 0 are
        // git's defaults.
        try LibGit2.check(
            git_odb_backend_loose(&loose, path, -1, 1, 0, 0), "open objects", path)
        try LibGit2.check(git_odb_add_backend(target.raw, loose, 2), "open objects", path)
        // As an alternate it is read only, and adds the packs and what the repository borrows.
        try LibGit2.check(git_odb_add_disk_alternate(target.raw, path), "open objects", path)
        self.target = target
        self.path = path
    }

    /// A tree with everything beneath it, files first.
    func move(
        tree: ObjectID, from source: borrowing RepositoryHandle
    ) throws(GitError) {
        guard !has(tree) else { return }
        for entry in try source.entries(ofTree: tree) where entry.mode != TreeEntry.submoduleMode {
            if entry.isDirectory {
                try move(tree: entry.id, from: source)
            } else {
                try move(entry.id, from: source)
            }
        }
        try move(tree, from: source)
    }

    func move(_ id: ObjectID, from source: borrowing RepositoryHandle) throws(GitError) {
        guard !has(id) else { return }
        var raw = id.raw
        let object = try GitPointer("read object", id.description, free: git_odb_object_free) {
            git_odb_read(&$0, source.objects.raw, &raw)
        }
        var written = git_oid()
        try LibGit2.check(
            git_odb_write(
                &written, target.raw, git_odb_object_data(object.raw),
                git_odb_object_size(object.raw), git_odb_object_type(object.raw)),
            "write object", path)
        guard ObjectID(written) == id else {
            throw GitError(
                .library, operation: "write object", subject: id.description,
                reason: "its content has another name: the quarantine is damaged",
                remedy: "Run drydock gc, then try again")
        }
    }

    private func has(_ id: ObjectID) -> Bool {
        var raw = id.raw
        return git_odb_exists(target.raw, &raw) == 1
    }
}
