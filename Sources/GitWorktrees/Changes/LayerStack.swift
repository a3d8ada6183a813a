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
    /// - Parameter index: the topmost layer that has the name; what it has there is a directory.
    static func descend(
        _ name: [UInt8], from index: Int, in place: TreeAssembler.Place, base: ObjectID,
        _ repository: borrowing RepositoryHandle
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
            let directory = LayerDirectory(try layer.handle.directory(name), kind: layer.kind)
            found.append(directory)
            redirect = try directory.redirect()
            if redirect != nil, place.layers.count > 1 {
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
        return Below(
            layers: found, inherited: try repository.entry(atPath: source, inTree: base),
            inheritedPath: source)
    }
}
