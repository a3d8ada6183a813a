internal import RunModel

/// The head's tree with the base's tests and runner configuration.
struct PristineTree: Sendable {
    private(set) var tree: String
    /// Tests and configuration that the change touches.
    private(set) var touched: [String] = []
    /// New files in the place of a runner or of a library that it uses.
    private(set) var shadowing: [String] = []

    private static let fileByteLimit = 64 << 20

    /// - Parameters:
    ///   - paths: the tests' patterns, of the base's configuration.
    ///   - harness: what else steers the runner; `nil` when that is not known.
    init(
        base: String, head: String, paths: PathPatterns, harness: (any RunnerHarness)?,
        reader: any TreeReader
    ) async throws {
        tree = head
        var edits: [TreeEdit] = []
        for difference in try await reader.difference(from: base, to: head) {
            // A rename is looked at from both ends.
            for path in Set([difference.old?.path, difference.new?.path].compactMap(\.self)) {
                let old = difference.old.flatMap { $0.path == path ? $0 : nil }
                let new = difference.new.flatMap { $0.path == path ? $0 : nil }
                if old == nil, harness?.shadows.matches(path) == true { shadowing.append(path) }
                let restoration = Restoration(
                    path: path, old: old, new: new, paths: paths, harness: harness)
                if let edit = try await restoration.edit(reader) {
                    touched.append(path)
                    edits.append(edit)
                }
            }
        }
        touched.sort()
        shadowing.sort()
        if !edits.isEmpty { tree = try await reader.writeTree(base: head, edits: edits) }
    }

    /// What puts one changed file back.
    private struct Restoration {
        let path: String
        let old: TreeFile?
        let new: TreeFile?
        let paths: PathPatterns
        let harness: (any RunnerHarness)?

        /// `nil` when the file may stay as the head has it.
        func edit(_ reader: any TreeReader) async throws -> TreeEdit? {
            // A mixed manifest may be among the test paths too: its keys decide, not its name.
            if let manifest = harness?.manifests.first(where: { $0.handles(path) }), let new {
                let head = try await text(new, reader)
                guard let merged = manifest.merged(head: head, base: try await text(old, reader))
                else { return try await whole(reader) }
                return merged == head
                    ? nil : TreeEdit(path: path, content: Array(merged.utf8), mode: new.mode)
            }
            let isSteering =
                paths.matches(path) || harness?.configuration.matches(path) == true
                || old == nil && harness?.shadows.matches(path) == true
            if isSteering { return try await whole(reader) }
            guard let harness, let new, new.mode == 0o100644 || new.mode == 0o100755,
                let restored = harness.restoringInlineTests(
                    path: path, head: try await text(new, reader),
                    base: try await text(old, reader)),
                restored != (try await text(new, reader))
            else { return nil }
            return TreeEdit(path: path, content: Array(restored.utf8), mode: new.mode)
        }

        private func whole(_ reader: any TreeReader) async throws -> TreeEdit {
            guard let old else { return TreeEdit(path: path, content: nil) }
            let content = try await reader.blob(old.blob, byteLimit: fileByteLimit)
            return TreeEdit(path: path, content: content, mode: old.mode)
        }

        private func text(_ file: TreeFile?, _ reader: any TreeReader) async throws -> String {
            guard let file else { return "" }
            return String(
                decoding: try await reader.blob(file.blob, byteLimit: fileByteLimit), as: UTF8.self)
        }
    }
}
