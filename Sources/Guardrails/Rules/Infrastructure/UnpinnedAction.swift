internal import RunModel

/// Actions by a name that can change its content.
struct UnpinnedAction: Rule {
    let metadata = RuleMetadata(
        id: "unpinned-action", category: .infrastructure, severity: .medium, action: .warn,
        title: "Action that is not pinned",
        rationale: """
            A tag or branch of someone else's repository can point to other code tomorrow; it then \
            runs with this workflow's token (CVE-2025-30066).
            """,
        remedy: "Pin to the full commit id, with the version as a comment.",
        languages: ["GitHub Actions"])

    private struct Use {
        var action: String
        var reference: String
        var line: Int

        var isPinned: Bool {
            reference.count == 40 && reference.allSatisfy(\.isHexDigit)
                || reference.hasPrefix("sha256:")
        }
        var isBranch: Bool {
            ["main", "master", "develop", "dev", "HEAD", "latest"].contains(reference)
        }
        /// Maintained by the forge itself.
        var isOfficial: Bool { action.hasPrefix("actions/") || action.hasPrefix("github/") }
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new.map({ WorkflowText.isWorkflow($0.path) }) == true {
            guard let head = file.head.text.map(WorkflowText.init) else { continue }
            let before = file.base.text.map { Self.uses(WorkflowText($0)) } ?? []
            let wasPinned = Set(before.filter(\.isPinned).map(\.action))
            for use in Self.uses(head)
            where !use.isPinned
                && !before.contains(where: {
                    $0.action == use.action && !$0.isPinned
                        && $0.isBranch == use.isBranch
                })
            {
                let own = change.policy.actions[metadata.id]
                if wasPinned.contains(use.action) {
                    findings.add(
                        file, at: .line(use.line, .head), "\(use.action) was pinned and is not now",
                        action: own ?? .block)
                } else if use.isBranch {
                    findings.add(
                        file, at: .line(use.line, .head), "\(use.action) is taken from a branch",
                        action: own ?? (use.isOfficial ? .warn : .review))
                } else if !use.isOfficial {
                    findings.add(
                        file, at: .line(use.line, .head), "\(use.action) is not pinned to a commit")
                }
            }
        }
    }

    private static func uses(_ text: WorkflowText) -> [Use] {
        text.lines.compactMap { line in
            guard line.key == "uses" else { return nil }
            let value = line.value.split(separator: " ").first ?? ""
            let name = value.filter { $0 != "\"" && $0 != "'" }
            let parts = name.split(separator: "@", maxSplits: 1)
            guard parts.count == 2, !name.hasPrefix("./"), !name.hasPrefix("docker://") else {
                return nil
            }
            return Use(
                action: String(parts[0]), reference: String(parts[1]), line: line.number)
        }
    }

    var examples: [RuleExample] {
        let pin = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"
        return [
            .violating(
                "a pin is loosened",
                base: [
                    ".github/workflows/a.yml": ExampleFile("steps:\n- uses: corp/build@\(pin)\n")
                ],
                head: [".github/workflows/a.yml": "steps:\n- uses: corp/build@v3\n"]),
            .violating(
                "a branch", head: [".github/workflows/a.yml": "steps:\n- uses: corp/build@main\n"]),
            .clean(
                "a commit",
                head: [
                    ".github/workflows/a.yml": ExampleFile("steps:\n- uses: corp/b@\(pin) # v3\n")
                ]),
            .clean(
                "the forge's own",
                head: [".github/workflows/a.yml": "steps:\n- uses: actions/checkout@v4\n"]),
            .clean(
                "a version update",
                base: [".github/workflows/a.yml": "steps:\n- uses: corp/build@v3\n"],
                head: [".github/workflows/a.yml": "steps:\n- uses: corp/build@v4\n"]),
        ]
    }
}
