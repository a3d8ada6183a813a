internal import RunModel

/// Changes to what judges changes.
struct PolicyChanged: Rule {
    let metadata = RuleMetadata(
        id: "policy-changed", category: .scope, severity: .high, action: .block,
        title: "Change to the policy that judges it",
        rationale: """
            The policy is read from the base, so this change is still judged by the old one; but \
            merged, it would judge every later change. Loosening a check and using the loosened \
            check belong in different hands.
            """,
        remedy: "Change the policy on its own, reviewed by the people who own it.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            let paths = [file.new?.path, file.kind == .copied ? nil : file.old?.path]
                .compactMap(\.self)
            let isPolicy = paths.contains { path in
                change.policy.policyPaths.contains { $0.matches(path) }
            }
            guard isPolicy else { continue }
            findings.add(
                file, at: file.addedLineCount > 0 ? .line(file.addedLines[0], .head) : .wholeFile,
                file.old == nil ? "a policy is added" : "the policy is changed",
                certainty: file.old == nil ? .possible : .certain)
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "the gate is pointed at a laxer policy",
                base: ["drydock.yaml": "version: 1\ngate: {policy: strict}\n"],
                head: ["drydock.yaml": "version: 1\ngate: {policy: default}\n"]),
            .violating(
                "a policy file is deleted", base: [".drydock/policy.yaml": "version: 1\n"]),
            .clean("an ordinary file", head: ["config.yaml": "version: 1\n"]),
        ]
    }
}
