internal import RunModel

/// Files that the policy protects.
struct ProtectedFile: Rule {
    let metadata = RuleMetadata(
        id: "protected-file", category: .scope, severity: .medium, action: .review,
        title: "Protected file",
        rationale: """
            Some files decide how every later change is built, reviewed or carried out. The policy \
            lists them, each with a reason and an action of its own.
            """,
        remedy: "Make such a change on its own, so that whoever is responsible sees it.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            let paths = [file.new?.path, file.kind == .copied ? nil : file.old?.path]
                .compactMap(\.self)
            let hits = change.policy.protectedPaths.filter { entry in
                paths.contains { path in entry.globs.contains { $0.matches(path) } }
            }
            let sternest = hits.max {
                $0.action(for: file).weight < $1.action(for: file).weight
            }
            guard let sternest, sternest.action(for: file) != .off else { continue }
            let verb =
                file.new == nil ? "is deleted: it" : file.old == nil ? "is new: it" : "changes: it"
            findings.add(
                file, at: .wholeFile, "the file \(verb) \(sternest.reason)",
                action: sternest.action(for: file))
        }
    }

    var examples: [RuleExample] {
        [
            .violating("the owners change", head: ["CODEOWNERS": "* @me\n"]),
            .violating(
                "another file is renamed onto a protected name",
                base: ["owners.txt": "* @me\n* @you\n"], head: ["CODEOWNERS": "* @me\n* @you\n"]),
            .clean("an ordinary file", head: ["src/a.py": "a = 1\n"]),
        ]
    }
}

extension RuleAction {
    /// How much it stops.
    var weight: Int {
        switch self {
        case .off: 0
        case .warn: 1
        case .review: 2
        case .block: 3
        }
    }
}
