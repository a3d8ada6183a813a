internal import CGit2
internal import Glibc
internal import WorktreeLookup

/// The files of a throw-away git directory (gitrepository-layout(5)).
struct GitDirectoryContent {
    let commit: ObjectID
    let tree: ObjectID
    let binds: [GitDirectoryLayer.Bind]

    /// Without hooks, filters, helpers, includes or remotes. Only the size and the second of a
    /// file's time are compared: owner, inode and change time differ between the checkout and
    /// what an overlay shows of it.
    private static let configuration = """
        [core]
        \trepositoryformatversion = 0
        \tbare = false
        \tfilemode = true
        \tlogallrefupdates = false
        \tcheckStat = minimal
        \ttrustctime = false
        [gc]
        \tauto = 0
        [user]
        \tname = Drydock
        \temail = drydock@localhost

        """

    /// - Parameter manifest: sizes of the checked out files; without it, `git status` reads them.
    func write(
        to git: borrowing DirectoryHandle, manifest: TreeManifest?,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let alternates = binds.map { $0.target + "\n" }.joined()
        let objects = try directory("objects", in: git)
        let information = try directory("info", in: objects)
        try write("alternates", alternates, to: information)
        _ = try directory("pack", in: objects)
        let references = try directory("refs", in: git)
        _ = try directory("tags", in: references)
        let heads = try directory("heads", in: references)
        try write("worktree", "\(commit)\n", to: heads)
        try write("HEAD", "ref: refs/heads/worktree\n", to: git)
        try write("config", Self.configuration, to: git)
        if repository.isShallow {
            let boundary = try FileContent.read(
                repository.commonDirectory + "/shallow", byteLimit: 64 << 20)
            try git.writeFile(Array("shallow".utf8), boundary, mode: 0o644)
        }
        try writeIndex(git, manifest: manifest, repository)
    }

    private func directory(
        _ name: String, in parent: borrowing DirectoryHandle
    ) throws(GitError) -> DirectoryHandle {
        try parent.makeDirectory(Array(name.utf8), mode: 0o755)
    }

    private func write(
        _ name: String, _ text: String, to directory: borrowing DirectoryHandle
    ) throws(GitError) {
        try directory.writeFile(Array(name.utf8), Array(text.utf8), mode: 0o644)
    }

    private func writeIndex(
        _ git: borrowing DirectoryHandle, manifest: TreeManifest?,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let path = git.path + "/index"
        let index = try GitPointer("write index", path, free: git_index_free) {
            git_index_open(&$0, path)
        }
        let sizes = Dictionary(
            (manifest?.files ?? []).map { ($0.path, $0.byteCount) }, uniquingKeysWith: { $1 })
        try repository.forEachFile(inTree: tree) { name, entry throws(GitError) in
            let text = CStringBytes.terminated(name)
            let result = text.withUnsafeBufferPointer { buffer in
                var raw = git_index_entry()
                raw.mode = entry.mode
                raw.id = entry.id.raw
                raw.path = buffer.baseAddress
                if let size = sizes[name] {
                    raw.file_size = UInt32(truncatingIfNeeded: size)
                    raw.mtime.seconds = Int32(CheckoutTime.seconds)
                }
                return git_index_add(index.raw, &raw)
            }
            try LibGit2.check(result, "write index", PathText.text(name))
        }
        try LibGit2.check(git_index_write(index.raw), "write index", path)
        guard chmod(path, 0o644) == 0 else { throw GitError.system("set mode", path) }
    }
}
