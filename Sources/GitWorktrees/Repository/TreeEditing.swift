internal import CGit2
package import RunModel

extension RepositoryHandle {
    /// Writes a blob to the quarantine.
    func writeBlob(_ bytes: UnsafeRawBufferPointer, subject: String) throws(GitError) -> ObjectID {
        try requireQuarantine("write blob", subject)
        var id = git_oid()
        try LibGit2.check(
            git_odb_write(&id, objects.raw, bytes.baseAddress, bytes.count, GIT_OBJECT_BLOB),
            "write blob", subject)
        return ObjectID(id)
    }

    func writeBlob(_ bytes: [UInt8], subject: String) throws(GitError) -> ObjectID {
        try bytes.span.withUnsafeBytes { buffer throws(GitError) in
            try writeBlob(buffer, subject: subject)
        }
    }

    func requireQuarantine(_ operation: String, _ subject: String) throws(GitError) {
        guard quarantine == nil else { return }
        throw GitError(
            .refused, operation: operation, subject: subject,
            reason: "the repository was opened for reading only",
            remedy: "Open it with a quarantine directory for new objects")
    }

    /// Writes the tree that `edits` make of `base`. A later edit of the same path wins; writing a
    /// file where a directory is replaces the directory, and the other way round.
    package func writeTree(base: ObjectID, edits: [TreeEdit]) throws(GitError) -> ObjectID {
        var changes = TreeChanges()
        for edit in edits {
            let path = try existingPath(edit.path, inTree: base)
            try Self.validate(path, edit)
            if let content = edit.content {
                let id = try writeBlob(content, subject: edit.path)
                changes.set(path, to: TreeEntry(name: [], id: id, mode: edit.mode))
            } else {
                changes.remove(path)
            }
        }
        let root = TreeEntry(name: [], id: base, mode: TreeEntry.directoryMode)
        if let written = try changes.apply(to: root, in: self) { return written.id }
        return try emptyTree()
    }

    /// Writes one tree: `base` with some of its entries replaced, or taken out where `nil`.
    ///
    /// - Returns: `nil` when nothing is left, as git keeps no empty directories.
    func writeTree(
        _ changes: [(name: [UInt8], entry: TreeEntry?)], onto base: ObjectID?
    ) throws(GitError) -> ObjectID? {
        try requireQuarantine("write tree", base?.description ?? "a new directory")
        guard let base else { return try build(changes, onto: nil) }
        return try withTree(base) { tree throws(GitError) in try build(changes, onto: tree) }
    }

    /// Writes the tree without entries.
    package func emptyTree() throws(GitError) -> ObjectID {
        let builder = try GitPointer("write tree", "empty", free: git_treebuilder_free) {
            git_treebuilder_new(&$0, contents.raw, nil)
        }
        var id = git_oid()
        try LibGit2.check(git_treebuilder_write(&id, builder.raw), "write tree", "empty")
        return ObjectID(id)
    }

    private func build(
        _ changes: [(name: [UInt8], entry: TreeEntry?)], onto base: OpaquePointer?
    ) throws(GitError) -> ObjectID? {
        let builder = try GitPointer("write tree", "directory", free: git_treebuilder_free) {
            git_treebuilder_new(&$0, contents.raw, base)
        }
        for (name, entry) in changes {
            let text = CStringBytes.terminated(name)
            guard let entry else {
                guard git_treebuilder_get(builder.raw, text) != nil else { continue }
                try LibGit2.check(
                    git_treebuilder_remove(builder.raw, text), "write tree", PathText.text(name))
                continue
            }
            var id = entry.id.raw
            let mode = git_filemode_t(rawValue: entry.mode)
            try LibGit2.check(
                git_treebuilder_insert(nil, builder.raw, text, &id, mode), "write tree",
                PathText.text(name))
        }
        guard git_treebuilder_entrycount(builder.raw) > 0 else { return nil }
        var id = git_oid()
        try LibGit2.check(git_treebuilder_write(&id, builder.raw), "write tree", "directory")
        return ObjectID(id)
    }

    /// The bytes of a path given as text: the reading that exists, or the literal one.
    private func existingPath(_ text: String, inTree tree: ObjectID) throws(GitError) -> [UInt8] {
        let candidates = PathText.candidates(text)
        for candidate in candidates where try entry(atPath: candidate, inTree: tree) != nil {
            return candidate
        }
        return candidates[0]
    }

    private static func validate(_ path: [UInt8], _ edit: TreeEdit) throws(GitError) {
        let components = path.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSound = components.allSatisfy { component in
            !component.isEmpty && !component.contains(0) && component != [UInt8(ascii: ".")]
                && component != [UInt8](repeating: UInt8(ascii: "."), count: 2)[...]
                && !GitDirectoryName.matches(component)
        }
        guard isSound else {
            throw GitError(
                .invalidArgument, operation: "write tree", subject: edit.path,
                reason: "git forbids this path",
                remedy: "Use a relative path without '.', '..' and '.git'")
        }
        let modes = [TreeEntry.fileMode, TreeEntry.executableMode, TreeEntry.linkMode]
        guard edit.content == nil || modes.contains(edit.mode) else {
            throw GitError(
                .invalidArgument, operation: "write tree", subject: edit.path,
                reason: "\(String(edit.mode, radix: 8)) is no mode of a file with content",
                remedy: "Use 100644, 100755 or 120000")
        }
    }
}
