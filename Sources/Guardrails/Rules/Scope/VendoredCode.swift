internal import RunModel

/// Copies of others' code that are changed or added.
struct VendoredCode: Rule {
    let metadata = RuleMetadata(
        id: "vendored-code", category: .scope, severity: .medium, action: .review,
        title: "Vendored code changed",
        rationale: """
            Rules for code do not look into copies of others' code, and reviewers do not either; a \
            changed copy is no longer the code that its origin vouches for.
            """,
        remedy: "Update the copy from its origin in a change of its own, or patch upstream.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        let vendored = change.files.filter {
            $0.traits.contains(.vendored) && $0.new != nil && !$0.hunks.isEmpty
        }
        guard let first = vendored.first else { return }
        findings.add(
            first, at: .wholeFile,
            vendored.count == 1
                ? "a vendored file is changed"
                : "\(vendored.count) vendored files are changed")
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a vendored module is patched",
                base: ["vendor/lib/a.go": "package a\n"],
                head: ["vendor/lib/a.go": "package a\nvar x = 1\n"]),
            .clean("own code", head: ["lib/a.go": "package a\n"]),
            .clean("vendored code is removed", base: ["vendor/lib/a.go": "package a\n"]),
        ]
    }
}
