internal import Glibc
internal import WorktreeLookup

/// What a new entry can be stacked on, and what the next lookups can use.
extension TreeCache {
    /// Whole checkouts beneath the near trees that are cached, without repeats. A layer is never
    /// stacked on a layer: the chain stays at two however long the history is.
    func bases(
        for tree: ObjectID, near: [ObjectID], bootID: String
    ) throws(GitError) -> [ObjectID] {
        var found: [ObjectID] = []
        for candidate in near where candidate != tree {
            guard try reseal(candidate.description, bootID: bootID),
                let seal = seal(of: candidate.description),
                let bottom = seal.layers.last.flatMap({ ObjectID($0) }), bottom != tree,
                !found.contains(bottom)
            else { continue }
            found.append(bottom)
            // Comparing with many far trees would cost more than it saves.
            if found.count == 3 { break }
        }
        return found
    }

    func seal(of tree: String) -> TreeSeal? {
        guard let bytes = try? FileContent.read(layout.seal(ofTree: tree), byteLimit: 4096) else {
            return nil
        }
        return TreeSeal(text: String(decoding: bytes, as: UTF8.self))
    }

    /// Makes an entry of an earlier boot count again, if its files are still what they were:
    /// nothing is flushed when an entry is made, and the machine may have lost power.
    ///
    /// - Returns: whether there is a valid entry now.
    func reseal(_ tree: String, bootID: String) throws(GitError) -> Bool {
        guard var seal = seal(of: tree), seal.layers.first == tree else { return false }
        if seal.bootID == bootID { return true }
        guard try EntryCheck(layout: layout, tree: tree).isWhole(sampling: nil) else {
            return false
        }
        seal.bootID = bootID
        try replace(layout.seal(ofTree: tree), with: seal.text)
        return true
    }

    // MARK: What was used

    func writeHint(
        _ object: ObjectID, tree: ObjectID, commit: ObjectID,
        _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let path = layout.hint(
            forObject: object.description, commonDirectory: repository.commonDirectory)
        guard access(path, F_OK) != 0 else { return }
        try replace(path, with: "\(tree)\n\(commit)\n")
    }

    func recent(_ repository: borrowing RepositoryHandle) -> [ObjectID] {
        let path = layout.hint(
            forObject: "recent", commonDirectory: repository.commonDirectory)
        guard let bytes = try? FileContent.read(path, byteLimit: 4096) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            ObjectID(String(decoding: $0, as: UTF8.self))
        }
    }

    func remember(
        _ tree: ObjectID, _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let trees = [tree] + recent(repository).filter { $0 != tree }
        let text = trees.prefix(8).map { "\($0)\n" }.joined()
        let path = layout.hint(
            forObject: "recent", commonDirectory: repository.commonDirectory)
        try replace(path, with: text)
    }

    func replace(_ path: String, with text: String) throws(GitError) {
        let scratch = try ScratchDirectory(in: layout.making)
        try DirectoryHandle(scratch.path).writeFile(
            Array("new".utf8), Array(text.utf8), mode: 0o600)
        try scratch.move("new", to: path)
    }
}
