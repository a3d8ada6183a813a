internal import RunModel

/// Changes larger than the policy lets through unseen.
struct ChangeSize: Rule {
    let metadata = RuleMetadata(
        id: "change-size", category: .scope, severity: .low, action: .review,
        title: "Change larger than the policy's bounds",
        rationale: "Nobody reads a change of this size; what matters hides in what does not.",
        remedy: "Split the change into parts that can be reviewed one by one.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        let bounds = change.policy.bounds
        guard let first = change.files.first else { return }
        var added = 0
        var removed = 0
        var bytes = 0
        for file in change.files {
            added += file.addedLineCount
            removed += file.removedLineCount
            guard let text = file.head.text else { continue }
            for hunk in file.hunks { bytes += text.range(ofLines: hunk.head).count }
        }
        let measures = [
            (change.files.count, bounds.files, "changed files"),
            (added, bounds.linesAdded, "added lines"),
            (removed, bounds.linesRemoved, "removed lines"),
            (bytes, bounds.bytesAdded, "added bytes"),
        ]
        for case (let value, let limit?, let what) in measures where value > limit {
            findings.add(first, at: .wholeFile, "\(value) \(what), the policy permits \(limit)")
        }
    }

    var examples: [RuleExample] {
        let many = Dictionary(
            uniqueKeysWithValues: (0..<6).map { ("f\($0).txt", ExampleFile("line \($0)\n")) })
        return [
            .violating("more files than the policy of the examples permits", head: many),
            .violating(
                "more bytes", head: ["a.txt": ExampleFile(String(repeating: "x", count: 20_000))]),
            .clean("one small file", head: ["a.txt": "a\n"]),
        ]
    }
}
