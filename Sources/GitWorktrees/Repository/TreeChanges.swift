/// Edits of a tree, gathered by directory so that each touched tree is written once.
struct TreeChanges {
    private enum State {
        case untouched
        case removed
        case replaced(TreeEntry)
    }

    private var state = State.untouched
    private var children: [[UInt8]: TreeChanges] = [:]

    mutating func set(_ path: [UInt8], to entry: TreeEntry) {
        update(path.split(separator: UInt8(ascii: "/"))[...]) { node in
            node = TreeChanges(state: .replaced(entry))
        }
    }

    mutating func remove(_ path: [UInt8]) {
        update(path.split(separator: UInt8(ascii: "/"))[...]) { node in
            node = TreeChanges(state: .removed)
        }
    }

    private mutating func update(
        _ path: ArraySlice<ArraySlice<UInt8>>, _ body: (inout TreeChanges) -> Void
    ) {
        guard let first = path.first else { return body(&self) }
        // A file that an earlier edit wrote gives way to the directory that this one needs.
        if case .replaced = state { state = .removed }
        children[Array(first), default: TreeChanges()].update(path.dropFirst(), body)
    }

    /// What becomes of `old`; `nil` when nothing is left.
    func apply(
        to old: TreeEntry?, in repository: borrowing RepositoryHandle
    ) throws(GitError) -> TreeEntry? {
        var base: TreeEntry?
        switch state {
        case .replaced(let entry): return entry
        case .removed: base = nil
        case .untouched: base = old
        }
        guard !children.isEmpty else { return base }
        let directory = base?.isDirectory == true ? base?.id : nil
        var changed: [(name: [UInt8], entry: TreeEntry?)] = []
        for (name, change) in children {
            var before: TreeEntry?
            if let directory { before = try repository.entry(atPath: name, inTree: directory) }
            changed.append((name, try change.apply(to: before, in: repository)))
        }
        // Taking something out from beneath a file leaves the file.
        if directory == nil, changed.allSatisfy({ $0.entry == nil }) { return base }
        guard let id = try repository.writeTree(changed, onto: directory) else { return nil }
        return TreeEntry(name: [], id: id, mode: TreeEntry.directoryMode)
    }
}
