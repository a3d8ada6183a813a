internal import Repair
package import RunModel

/// What an incident proposes, as a unified diff for people.
package enum ProposalPatch {
    private static let byteLimit = 4 << 20

    package static func text(
        _ story: IncidentStory, trees: any TreeReader
    ) async throws -> String {
        guard let tree = story.state.proposal?.tree ?? story.state.attempts.last?.tree else {
            return ""
        }
        return try await text(from: story.state.request.badTree, to: tree, trees: trees)
    }

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

    private static func text(
        _ file: TreeFile?, _ trees: any TreeReader
    ) async throws -> SourceText? {
        guard let file else { return SourceText(lines: []) }
        guard file.mode != 0o160000 else { return nil }
        return SourceText(bytes: try await trees.blob(file.blob, byteLimit: byteLimit))
    }
}
