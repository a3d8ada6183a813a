/// A path at which two trees differ.
struct ChangedPath {
    var path: [UInt8]
    var old: TreeEntry?
    var new: TreeEntry?
}

extension RepositoryHandle {
    /// The files at which two trees differ, ordered by path; only directories that differ are read.
    ///
    /// - Parameter base: `nil` stands for the empty tree.
    func changedPaths(from base: ObjectID?, to head: ObjectID) throws(GitError) -> [ChangedPath] {
        var changes: [ChangedPath] = []
        try compare(base, head, prefix: [], &changes)
        return changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func compare(
        _ old: ObjectID?, _ new: ObjectID?, prefix: [UInt8], _ changes: inout [ChangedPath]
    ) throws(GitError) {
        guard old != new else { return }
        var before: [[UInt8]: TreeEntry] = [:]
        if let old {
            for entry in try entries(ofTree: old) { before[entry.name] = entry }
        }
        if let new {
            for entry in try entries(ofTree: new) {
                let previous = before.removeValue(forKey: entry.name)
                guard previous != entry else { continue }
                try compare(previous, entry, path: prefix + entry.name, &changes)
            }
        }
        for (name, entry) in before { try compare(entry, nil, path: prefix + name, &changes) }
    }

    private func compare(
        _ old: TreeEntry?, _ new: TreeEntry?, path: [UInt8], _ changes: inout [ChangedPath]
    ) throws(GitError) {
        let oldTree = old.flatMap { $0.isDirectory ? $0.id : nil }
        let newTree = new.flatMap { $0.isDirectory ? $0.id : nil }
        try compare(oldTree, newTree, prefix: path + [UInt8(ascii: "/")], &changes)
        let oldFile = oldTree == nil ? old : nil
        let newFile = newTree == nil ? new : nil
        guard oldFile != nil || newFile != nil else { return }
        changes.append(ChangedPath(path: path, old: oldFile, new: newFile))
    }
}
