internal import Digests
internal import Repair
internal import RunModel

/// Identifies a change whatever it is made on: equal for the same edit of the same files.
enum PatchDigest {
    /// A digest over each changed path and its removed and added lines without their white space;
    /// what is no text counts by its blob.
    static func digest(
        from base: String, to head: String, trees: any TreeReader
    ) async throws -> String {
        var builder = DigestBuilder()
        for difference in try await trees.difference(from: base, to: head) {
            builder.add(field: difference.path)
            builder.add(field: String(difference.new?.mode ?? 0, radix: 8))
            let old = try await ProposalPatch.text(difference.old, trees)
            let new = try await ProposalPatch.text(difference.new, trees)
            guard let old, let new else {
                builder.add(field: difference.new?.blob ?? "deleted")
                continue
            }
            for hunk in LineHunk.hunks(from: old.lines, to: new.lines) {
                for line in hunk.removed { builder.add(field: "-" + normalised(line)) }
                for line in hunk.added { builder.add(field: "+" + normalised(line)) }
            }
        }
        return builder.finish().hexadecimal
    }

    private static func normalised(_ line: String) -> String { line.filter { !$0.isWhitespace } }
}
