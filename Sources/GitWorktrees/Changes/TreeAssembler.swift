internal import Glibc

/// Builds the git tree that a worktree amounts to, from the layers that hold what changed and the
/// tree that lies beneath them: what `git add --all` would find in the merged view, at the cost of
/// the change.
///
/// Nothing here runs anything or follows a link: directories are opened one component at a time.
struct TreeAssembler: ~Copyable {
    struct Options {
        /// Takes ignored files along.
        var includesIgnored = false
        /// Of one file.
        var fileByteLimit = 2 << 30
        /// Blobs of files that are known to be unchanged, for a whole working directory.
        var knownFiles: IndexSnapshot?
    }

    /// One directory of the merged view.
    struct Place {
        var path: [UInt8]
        /// The layers that show through here, topmost first.
        var layers: [LayerDirectory]
        /// What the layers do not mention stays from here; `nil` when nothing does.
        var inherited: ObjectID?
        /// Where `inherited` lies in the base: elsewhere after a rename.
        var inheritedPath: [UInt8]
        /// What the base has at `path`: git ignores no file that is tracked.
        var tracked: TreeEntry?
        var isIgnored = false

        var isMoved: Bool { inheritedPath != path }

        func childPath(_ name: [UInt8]) -> [UInt8] { Self.join(path, name) }

        static func join(_ path: [UInt8], _ name: [UInt8]) -> [UInt8] {
            path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
        }
    }

    let base: ObjectID
    let options: Options
    /// What renamed directories may come from besides the base, topmost first.
    var beneath: [LayerDirectory] = []
    var conversion: ContentConversion
    /// Attributes as they were in the base, for files that moved; made when it is first needed.
    var baseConversion: BaseConversion
    var ignoreRules = IgnoreRules()
    /// Changed paths that git ignores; a directory ends in a slash and stands for all of it.
    private(set) var ignored: [[UInt8]] = []
    /// What git cannot hold.
    private(set) var special: [[UInt8]] = []

    init(
        base: ObjectID, options: Options, repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let conversion = try ContentConversion(objects: repository.objects)
        let baseConversion = try BaseConversion(base: base, repository: repository)
        self.base = base
        self.options = options
        self.conversion = conversion
        self.baseConversion = baseConversion
    }

    /// - Parameter layers: the worktree's root in each layer, topmost first.
    mutating func assemble(
        layers: [LayerDirectory], _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> ObjectID {
        let isPlain = layers.contains { $0.kind == .plain }
        let root = Place(
            path: [], layers: layers, inherited: isPlain ? nil : base, inheritedPath: [],
            tracked: TreeEntry(name: [], id: base, mode: TreeEntry.directoryMode))
        if let tree = try assemble(root, repository) { return tree }
        return try repository.emptyTree()
    }

    /// - Returns: `nil` when the directory holds nothing that git keeps.
    mutating func assemble(
        _ place: Place, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> ObjectID? {
        try enter(place, repository)
        defer { ignoreRules.pop() }
        var owner: [[UInt8]: Int] = [:]
        for (index, layer) in place.layers.enumerated() {
            for name in try layer.handle.names() where owner[name] == nil { owner[name] = index }
        }
        if !place.path.isEmpty, place.layers[0].kind == .plain, owner[Array(".git".utf8)] != nil {
            // Another repository in a working directory; git would record its commit.
            special.append(place.path)
            return nil
        }
        var changes: [(name: [UInt8], entry: TreeEntry?)] = []
        for (name, index) in owner.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            guard !GitDirectoryName.matches(name) else {
                let isOwn = place.path.isEmpty && name == Array(".git".utf8)
                if !isOwn { special.append(place.childPath(name)) }
                changes.append((name, nil))
                continue
            }
            changes.append((name, try entry(name, layer: index, of: place, repository)))
        }
        if place.isMoved, let inherited = place.inherited {
            changes += try relocated(inherited, place, except: Set(owner.keys), repository)
            return try repository.writeTree(changes, onto: nil)
        }
        return try repository.writeTree(changes, onto: place.inherited)
    }

    // MARK: One name

    private mutating func entry(
        _ name: [UInt8], layer index: Int, of place: Place,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry? {
        let layer = place.layers[index]
        let path = place.childPath(name)
        guard let status = try layer.handle.status(of: name) else {
            throw GitError(
                .refused, operation: "read changes", subject: PathText.text(path),
                reason: "it vanished while it was read",
                remedy: "Stop what still runs in the worktree, then try again")
        }
        if layer.isWhiteout(status) { return nil }
        let tracked = try child(name, of: place.tracked, repository)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            return try directory(name, layer: index, of: place, tracked, repository)
        case S_IFREG, S_IFLNK:
            if isIgnored(path, isDirectory: false, in: place, tracked) {
                ignored.append(path)
                return nil
            }
            if status.st_mode & S_IFMT == S_IFLNK {
                let id = try link(name, layer, tracked, repository)
                return TreeEntry(name: name, id: id, mode: TreeEntry.linkMode)
            }
            return try file(name, layer, path, status, tracked, repository)
        default:
            special.append(path)
            return nil
        }
    }

    private func link(
        _ name: [UInt8], _ layer: LayerDirectory, _ tracked: TreeEntry?,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> ObjectID {
        let target = try layer.handle.linkTarget(name)
        let id = try ObjectID(hashing: target)
        if id == tracked?.id { return id }
        return try repository.writeBlob(target, subject: PathText.text(name))
    }

    private func file(
        _ name: [UInt8], _ layer: LayerDirectory, _ path: [UInt8], _ status: stat,
        _ tracked: TreeEntry?, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry {
        if let known = options.knownFiles?.entry(at: path, status: status) {
            return TreeEntry(name: name, id: known.id, mode: known.mode)
        }
        guard try !LayerDirectory.isMetadataOnly(name, in: layer) else {
            throw GitError(
                .refused, operation: "read changed file", subject: PathText.text(path),
                reason: "the layer holds its metadata only",
                remedy: "Mount worktrees with metacopy=off")
        }
        let reader = try FileReader(name, in: layer.handle)
        let id = try repository.ingest(
            reader, at: path, rules: conversion.rules(for: path), tracked: tracked,
            byteLimit: options.fileByteLimit)
        let isExecutable = reader.status.st_mode & S_IXUSR != 0
        return TreeEntry(
            name: name, id: id, mode: isExecutable ? TreeEntry.executableMode : TreeEntry.fileMode)
    }

    private mutating func directory(
        _ name: [UInt8], layer index: Int, of place: Place, _ tracked: TreeEntry?,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry? {
        let path = place.childPath(name)
        let below = try LayerStack.descend(
            name, from: index, in: place, over: beneath, base: base, repository)
        let submodule = below.inherited ?? (place.inherited == nil ? tracked : nil)
        if let submodule, submodule.mode == TreeEntry.submoduleMode {
            // Its files belong to another repository; the commit it names stays as it was.
            if place.layers[0].kind != .plain {
                for layer in below.layers {
                    special += try layer.handle.names().map { Place.join(path, $0) }
                }
            }
            return TreeEntry(name: name, id: submodule.id, mode: submodule.mode)
        }
        var inner = Place(
            path: path, layers: below.layers,
            inherited: below.inherited.flatMap { $0.isDirectory ? $0.id : nil },
            inheritedPath: below.inheritedPath, tracked: tracked)
        inner.isIgnored = isIgnored(path, isDirectory: true, in: place, nil)
        if inner.isIgnored, tracked == nil {
            ignored.append(path + [UInt8(ascii: "/")])
            return nil
        }
        guard let id = try assemble(inner, repository) else { return nil }
        return TreeEntry(name: name, id: id, mode: TreeEntry.directoryMode)
    }

    func isIgnored(
        _ path: [UInt8], isDirectory: Bool, in place: Place, _ tracked: TreeEntry?
    ) -> Bool {
        if options.includesIgnored { return false }
        if let tracked, !tracked.isDirectory { return false }
        return place.isIgnored || ignoreRules.ignores(path, isDirectory: isDirectory)
    }

    mutating func noteIgnored(_ path: [UInt8]) { ignored.append(path) }

    func child(
        _ name: [UInt8], of entry: TreeEntry?, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry? {
        guard let entry, entry.isDirectory else { return nil }
        return try repository.entry(atPath: name, inTree: entry.id)
    }
}
