internal import Glibc

/// Merges directories of several layers as overlayfs does.
enum LayerStack {
    struct Below {
        var layers: [LayerDirectory]
        /// What the base has beneath the layers.
        var inherited: TreeEntry?
        var inheritedPath: [UInt8]
    }

    /// Goes from a directory of the merged view to one of its directories.
    ///
    /// - Parameters:
    ///   - index: the topmost layer that has the name; what it has there is a directory.
    ///   - beneath: the roots of what lies between the layers and the base.
    static func descend(
        _ name: [UInt8], from index: Int, in place: TreeAssembler.Place,
        over beneath: [LayerDirectory], base: ObjectID, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> Below {
        var found: [LayerDirectory] = []
        var showsBase = true
        var redirect: [UInt8]?
        for layer in place.layers[index...] {
            guard let status = try layer.handle.status(of: name) else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                showsBase = false
                break
            }
            let directory = LayerDirectory(
                try layer.handle.directory(name), kind: layer.kind, isBeneath: layer.isBeneath)
            found.append(directory)
            redirect = try directory.redirect()
            if redirect != nil, place.layers.contains(where: { $0 !== layer && !$0.isBeneath }) {
                // What a redirect names may lie in the other layers, of which git has no tree.
                throw GitError(
                    .refused, operation: "read changes", subject: directory.handle.path,
                    reason: "a layer that lies on others renames a directory of theirs",
                    remedy: "Mount kept worktrees with redirect_dir=off")
            }
            if try directory.isOpaque() {
                showsBase = false
                break
            }
            // What lies below by this name shows elsewhere, or no more.
            if redirect != nil { break }
        }
        let path = TreeAssembler.Place.join(place.path, name)
        guard showsBase else { return Below(layers: found, inherited: nil, inheritedPath: path) }
        guard let redirect else {
            var inherited: TreeEntry?
            if let tree = place.inherited {
                inherited = try repository.entry(atPath: name, inTree: tree)
            }
            return Below(
                layers: found, inherited: inherited,
                inheritedPath: TreeAssembler.Place.join(place.inheritedPath, name))
        }
        let source =
            redirect.first == UInt8(ascii: "/")
            ? Array(redirect.dropFirst())
            : TreeAssembler.Place.join(place.inheritedPath, redirect)
        let moved = try directories(at: source, in: beneath)
        return Below(
            layers: found + moved.layers,
            inherited: moved.showsBase ? try repository.entry(atPath: source, inTree: base) : nil,
            inheritedPath: source)
    }

    /// What layers have at a path, down to the first that hides what is further down.
    private static func directories(
        at path: [UInt8], in roots: [LayerDirectory]
    ) throws(GitError) -> (layers: [LayerDirectory], showsBase: Bool) {
        var found: [LayerDirectory] = []
        for root in roots {
            var current = root
            var isThere = true
            for component in path.split(separator: UInt8(ascii: "/")) {
                let name = Array(component)
                guard let status = try current.handle.status(of: name) else {
                    isThere = false
                    break
                }
                guard status.st_mode & S_IFMT == S_IFDIR else { return (found, false) }
                current = LayerDirectory(
                    try current.handle.directory(name), kind: root.kind, isBeneath: true)
            }
            if isThere { found.append(current) }
        }
        return (found, true)
    }
}
