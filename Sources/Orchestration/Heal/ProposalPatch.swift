internal import Repair
internal import RunModel

/// What is proposed, as a unified diff for a reviewer: not for `git apply`, which wants context.
enum ProposalPatch {
    private static let byteLimit = 4 << 20

    /// The difference of two trees, without context.
    static func text(
        from base: String, to head: String, trees: any TreeReader
    ) async throws -> String {
        var lines: [String] = []
        for file in try await trees.difference(from: base, to: head) {
            lines.append("--- \(file.old.map { "a/" + $0.path } ?? "/dev/null")")
            lines.append("+++ \(file.new.map { "b/" + $0.path } ?? "/dev/null")")
            guard let old = try await text(file.old, trees),
                let new = try await text(file.new, trees)
            else {
                lines.append("(no text)")
                continue
            }
            var shift = 0
            for hunk in LineHunk.hunks(from: old.lines, to: new.lines) {
                let (removed, added) = (hunk.removed, hunk.added)
                // Of an empty side, unified diffs name the line before.
                let oldStart = hunk.newStart - shift + (removed.isEmpty ? 0 : 1)
                let newStart = hunk.newStart + (added.isEmpty ? 0 : 1)
                lines.append("@@ -\(oldStart),\(removed.count) +\(newStart),\(added.count) @@")
                lines += removed.map { "-" + $0 } + added.map { "+" + $0 }
                shift += added.count - removed.count
            }
        }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }

    /// A file's text: empty of none, `nil` of what is no text.
    static func text(
        _ file: TreeFile?, _ trees: any TreeReader
    ) async throws -> SourceText? {
        guard let file else { return SourceText(lines: []) }
        guard file.mode != 0o160000 else { return nil }
        return SourceText(bytes: try await trees.blob(file.blob, byteLimit: byteLimit))
    }
}
