internal import CGit2
internal import Glibc
package import WorktreeLookup

extension TreeCache {
    /// Where borrowed object directories are bound inside a sandbox.
    package static let objectsInside = "/opt/drydock/objects"

    /// The throw-away git directory with which `git status`, `log`, `diff`, `blame` and `commit`
    /// work inside: one branch at the commit, an index that matches the checkout, objects borrowed
    /// from the host's repository. It has no hooks, remotes, reflogs, credentials or configuration
    /// of the host's, and no reference but the commit's own.
    ///
    /// It is a lower layer like the checkout, made once for a commit: a run's writes to it are
    /// thrown away with the upper layer, so that nothing of it ever reaches a git on the host.
    package func gitDirectory(
        commit: ObjectID, of repository: borrowing RepositoryHandle
    ) throws(GitError) -> GitDirectoryLayer {
        let bootID = try Self.bootID()
        let entry = layout.gitDirectory(
            commit: commit.description, commonDirectory: repository.commonDirectory)
        if let layer = GitDirectoryLayer(entry: entry, bootID: bootID) { return layer }
        let lock = try FileLock(layout.lock(named: "gitdir-\(commit)"))
        defer { _ = lock }
        if let layer = GitDirectoryLayer(entry: entry, bootID: bootID) { return layer }

        let scratch = try ScratchDirectory(in: layout.making)
        if rename(entry, "\(scratch.path)/stale") != 0, errno != ENOENT {
            throw GitError.system("move away", entry)
        }
        let tree = try repository.tree(ofCommit: commit)
        let binds = try repository.objectDirectories().enumerated().map { index, source in
            GitDirectoryLayer.Bind(source: source, target: "\(Self.objectsInside)/\(index)")
        }
        // Each is borrowed by itself; where one says on the host what else it borrows, nothing is
        // inside, and every git would complain.
        let masks = binds.filter { access($0.source + "/info/alternates", F_OK) == 0 }.map {
            GitDirectoryLayer.Bind(
                source: entry + "/nothing", target: $0.target + "/info/alternates")
        }
        let layer = GitDirectoryLayer(lower: entry + "/layer", binds: binds + masks)
        let made = try DirectoryHandle(scratch.path).makeDirectory(Array("entry".utf8), mode: 0o700)
        let git = try made.makeDirectory(Array("layer".utf8), mode: 0o755)
            .makeDirectory(Array(".git".utf8), mode: 0o755)
        try GitDirectoryContent(commit: commit, tree: tree, binds: binds)
            .write(to: git, manifest: manifest(ofTree: tree), repository)
        try made.writeFile(Array("nothing".utf8), [], mode: 0o444)
        try made.writeFile(
            Array("seal".utf8), Array(layer.seal(tree: tree.description, bootID: bootID).utf8),
            mode: 0o600)
        try scratch.move("entry", to: entry)
        return layer
    }

    /// The files of a cached tree, those of a layer over those beneath; `nil` when it is not
    /// cached.
    private func manifest(ofTree tree: ObjectID) -> TreeManifest? {
        guard let seal = seal(of: tree.description) else { return nil }
        var files: [[UInt8]: TreeManifest.File] = [:]
        for layer in seal.layers.reversed() {
            guard
                let bytes = try? FileContent.read(
                    layout.manifest(ofTree: layer), byteLimit: 1 << 31),
                let manifest = TreeManifest(bytes: bytes)
            else { return nil }
            for file in manifest.files { files[file.path] = file }
        }
        var merged = TreeManifest()
        merged.files = Array(files.values)
        return merged
    }
}

extension RepositoryHandle {
    /// The repository's own object directory, then those that it borrows from, each once.
    func objectDirectories() throws(GitError) -> [String] {
        var found: [String] = []
        var pending = [commonDirectory + "/objects"]
        // git follows five levels (objects.c).
        while let next = pending.popLast(), found.count < 32 {
            guard let resolved = realpath(next, nil) else { continue }
            let path = String(cString: resolved)
            free(resolved)
            guard !found.contains(path) else { continue }
            found.append(path)
            let alternates = path + "/info/alternates"
            guard access(alternates, F_OK) == 0 else { continue }
            let lines = try FileContent.read(alternates, byteLimit: 1 << 20)
                .split(separator: UInt8(ascii: "\n"))
            for line in lines where line.first != UInt8(ascii: "#") {
                let text = String(decoding: line, as: UTF8.self)
                pending.append(text.hasPrefix("/") ? text : "\(path)/\(text)")
            }
        }
        return found
    }
}
