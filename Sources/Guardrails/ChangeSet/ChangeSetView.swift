package import RunModel

/// The difference between two trees as rules see it: what changed, and, on demand, what did not.
package struct ChangeSetView: Sendable {
    /// Ordered by path bytes.
    package let files: [ChangedFile]
    package let baseTree: String
    package let headTree: String
    package let policy: GatePolicy
    /// What rules computed once and share: parse trees, censuses.
    package let memo: AnalysisMemo

    private let reader: any TreeReader
    private let fileByteLimit: Int
    private let byHeadPath: [String: Int]
    private let byBasePath: [String: Int]
    private let matchesByRule: [String: [ContentMatch]]

    package init(
        files: [ChangedFile], baseTree: String, headTree: String, policy: GatePolicy,
        reader: any TreeReader, fileByteLimit: Int, matches: [String: [ContentMatch]]
    ) {
        self.files = files
        self.baseTree = baseTree
        self.headTree = headTree
        self.policy = policy
        self.reader = reader
        self.fileByteLimit = fileByteLimit
        matchesByRule = matches
        memo = AnalysisMemo()
        var head: [String: Int] = [:]
        var base: [String: Int] = [:]
        for (index, file) in files.enumerated() {
            if let path = file.new?.path { head[path] = index }
            if let path = file.old?.path { base[path] = index }
        }
        byHeadPath = head
        byBasePath = base
    }

    /// The changed file that has this path on a side.
    package func changedFile(at path: String, on side: TreeSide) -> ChangedFile? {
        (side == .base ? byBasePath : byHeadPath)[path].map { files[$0] }
    }

    /// Confirmed matches of a rule's patterns that the base did not have already.
    package func matches(of rule: String) -> [ContentMatch] { matchesByRule[rule] ?? [] }

    /// The content of any path of a tree, changed or not, loaded when asked for.
    ///
    /// - Returns: `nil` when the tree has no such file, it is a submodule, or it is larger than the
    ///   gate reads.
    package func text(of path: String, on side: TreeSide) async throws -> FileText? {
        if let changed = changedFile(at: path, on: side) { return changed.text(on: side) }
        let tree = side == .base ? baseTree : headTree
        guard let file = try await reader.file(at: path, inTree: tree),
            file.mode != FileMode.submodule
        else { return nil }
        do {
            return FileText(try await reader.blob(file.blob, byteLimit: fileByteLimit))
        } catch is BlobTooLarge {
            return nil
        }
    }

    /// The file at a path of a tree, changed or not.
    package func file(at path: String, on side: TreeSide) async throws -> TreeFile? {
        try await reader.file(at: path, inTree: side == .base ? baseTree : headTree)
    }

    /// Names in one directory of a tree; "" is the root.
    package func entryNames(
        inDirectory directory: String, on side: TreeSide
    ) async throws -> [String] {
        try await reader.entryNames(
            inDirectory: directory, ofTree: side == .base ? baseTree : headTree)
    }
}
