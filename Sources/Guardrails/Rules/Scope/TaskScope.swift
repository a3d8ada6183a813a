internal import RunModel

/// Files outside what the task or the policy permits.
struct TaskScope: Rule {
    let metadata = RuleMetadata(
        id: "task-scope", category: .scope, severity: .high, action: .block,
        title: "File outside the permitted scope",
        rationale: """
            A change that was asked for one part of a repository has no business in another; what \
            lies outside was neither asked for nor expected by the reviewer.
            """,
        remedy: "Leave the file as it is, or ask for a wider scope.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        guard !change.policy.scope.isEmpty else { return }
        for file in change.files {
            // A rename touches both names; a copy reads its source.
            let touched = [file.new?.path, file.kind == .copied ? nil : file.old?.path]
            for path in Set(touched.compactMap(\.self)).sorted()
            where !change.policy.scope.contains(where: { $0.matches(path) }) {
                findings.add(
                    file, at: .wholeFile, "\(path) is outside the scope", evidence: path)
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a file beside the permitted folder", head: ["docs/a.md": "a\n"],
                scope: ["src/**"]),
            .violating(
                "a rename out of the folder",
                base: ["src/a.py": "value = 1\nother = 2\n"],
                head: ["lib/a.py": "value = 1\nother = 2\n"], scope: ["src/**"]),
            .clean("within", head: ["src/deep/a.py": "a = 1\n"], scope: ["src/**"]),
            .clean("no scope given", head: ["docs/a.md": "a\n"]),
        ]
    }
}
