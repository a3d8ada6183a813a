internal import RunModel

/// A package that the project did not use before.
struct DependencyAdded: Rule {
    let metadata = RuleMetadata(
        id: "dependency-added", category: .dependencies, severity: .medium, action: .review,
        title: "New dependency",
        rationale: """
            A dependency is code that nobody here wrote and that runs with the project's rights; \
            it is asked for rarely, and seldom by a fix.
            """,
        remedy: "Say why the package is needed and who keeps it.",
        languages: [
            "Bundler", "Cargo", "Composer", "Go", "Gradle", "Maven", "npm", "Python", "SwiftPM",
        ])

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for changes in DependencyChanges.all(in: change) {
            // A project's first manifest declares what it is made of.
            let isFirst = changes.file.old == nil
            for entry in changes.added {
                findings.add(
                    changes.file, at: .line(entry.line, .head), "\(entry.name) is new here",
                    action: isFirst && change.policy.actions[metadata.id] == nil ? .warn : nil)
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "npm", base: ["package.json": "{\n\"dependencies\": {\n\"a\": \"1.0.0\"\n}\n}\n"],
                head: [
                    "package.json":
                        "{\n\"dependencies\": {\n\"a\": \"1.0.0\",\n\"b\": \"1.0.0\"\n}\n}\n"
                ]),
            .violating(
                "Python", base: ["requirements.txt": "flask==3.0\n"],
                head: ["requirements.txt": "flask==3.0\nhttpx\n"]),
            .violating(
                "Go", base: ["go.mod": "module m\n\nrequire a.org/x v1.0.0\n"],
                head: ["go.mod": "module m\n\nrequire a.org/x v1.0.0\nrequire a.org/y v1.0.0\n"]),
            .violating(
                "Cargo", base: ["Cargo.toml": "[dependencies]\nserde = \"1\"\n"],
                head: ["Cargo.toml": "[dependencies]\nserde = \"1\"\nrand = \"0.8\"\n"]),
            .clean(
                "an update", base: ["requirements.txt": "flask==3.0\n"],
                head: ["requirements.txt": "flask==3.1\n"]),
            .clean(
                "a move between manifests",
                base: ["setup.cfg": "install_requires =\n    attrs\n", "pyproject.toml": ""],
                head: ["setup.cfg": "", "pyproject.toml": "dependencies = [\n  \"attrs\",\n]\n"]),
        ]
    }
}
