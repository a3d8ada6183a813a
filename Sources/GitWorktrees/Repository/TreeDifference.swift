internal import CGit2
package import RunModel

extension RepositoryHandle {
    /// Compares two trees by content alone; the repository's attributes and diff drivers have no
    /// say. Renames and copies are found at git's default similarity of one half.
    ///
    /// - Parameter base: `nil` stands for the empty tree.
    package func difference(
        from base: ObjectID?, to head: ObjectID
    ) throws(GitError) -> [FileDifference] {
        try withDifference(from: base, to: head, finds: [.renames, .copies]) {
            diff throws(GitError) in
            var found: [FileDifference] = []
            for index in 0..<git_diff_num_deltas(diff) {
                guard let delta = git_diff_get_delta(diff, index)?.pointee else { continue }
                if let difference = Self.difference(delta) { found.append(difference) }
            }
            return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        }
    }

    /// What is looked for among added and deleted files.
    struct Similarity: OptionSet {
        let rawValue: Int
        static let renames = Similarity(rawValue: 1)
        static let copies = Similarity(rawValue: 2)
    }

    func withDifference<Result>(
        from base: ObjectID?, to head: ObjectID, finds: Similarity,
        _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        let subject = "\(base?.description ?? "nothing")..\(head)"
        var options = git_diff_options()
        try LibGit2.check(
            git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), "compare", subject)
        options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue | GIT_DIFF_SHOW_BINARY.rawValue
        options.id_abbrev = 40  // A patch names blobs in full, or git apply refuses binary ones.
        let changes = try changedPaths(from: base, to: head)
        return try withDifference(changes, finds: finds, options, subject, body)
    }

    /// The same of changes that are known.
    func withDifference<Result>(
        _ changes: [ChangedPath], finds: Similarity, _ asked: git_diff_options, _ subject: String,
        _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        var options = asked
        let old = try Self.index(of: changes, \.old, subject)
        let new = try Self.index(of: changes, \.new, subject)
        let diff = try GitPointer("compare", subject, free: git_diff_free) {
            git_diff_index_to_index(&$0, contents.raw, old.raw, new.raw, &options)
        }
        guard !finds.isEmpty else { return try body(diff.raw) }
        var similar = git_diff_find_options()
        try LibGit2.check(
            git_diff_find_options_init(&similar, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION)), "compare",
            subject)
        similar.flags = GIT_DIFF_FIND_RENAMES.rawValue
        if finds.contains(.copies) { similar.flags |= GIT_DIFF_FIND_COPIES.rawValue }
        similar.rename_limit = 1000  // git's own default for diff.renameLimit
        try LibGit2.check(git_diff_find_similar(diff.raw, &similar), "find renames", subject)
        return try body(diff.raw)
    }

    /// An index in memory of one side of the changes. libgit2 would walk both trees whole; this
    /// way a comparison costs what differs.
    private static func index(
        of changes: [ChangedPath], _ side: KeyPath<ChangedPath, TreeEntry?>, _ subject: String
    ) throws(GitError) -> GitPointer {
        let index = try GitPointer("compare", subject, free: git_index_free) { git_index_new(&$0) }
        for change in changes {
            guard let entry = change[keyPath: side] else { continue }
            let result = CStringBytes.terminated(change.path).withUnsafeBufferPointer { buffer in
                var raw = git_index_entry()
                raw.mode = entry.mode
                raw.id = entry.id.raw
                raw.path = buffer.baseAddress
                return git_index_add(index.raw, &raw)
            }
            try LibGit2.check(result, "compare", PathText.text(change.path))
        }
        return index
    }

    private static func difference(_ delta: git_diff_delta) -> FileDifference? {
        let old = file(delta.old_file)
        let new = file(delta.new_file)
        return switch delta.status {
        case GIT_DELTA_ADDED: FileDifference(kind: .added, old: nil, new: new)
        case GIT_DELTA_DELETED: FileDifference(kind: .deleted, old: old, new: nil)
        case GIT_DELTA_MODIFIED: FileDifference(kind: .modified, old: old, new: new)
        case GIT_DELTA_RENAMED: FileDifference(kind: .renamed, old: old, new: new)
        case GIT_DELTA_COPIED: FileDifference(kind: .copied, old: old, new: new)
        case GIT_DELTA_TYPECHANGE: FileDifference(kind: .typeChanged, old: old, new: new)
        default: nil
        }
    }

    private static func file(_ file: git_diff_file) -> TreeFile {
        TreeFile(
            path: PathText.text(CStringBytes.bytes(file.path)),
            blob: ObjectID(file.id).description, mode: UInt32(file.mode))
    }
}
