internal import RunModel

/// A search path that looks into the repository first.
struct PathShim: PatternRule {
    let metadata = RuleMetadata(
        id: "path-shim", category: .runners, severity: .high, action: .review,
        title: "Search path begins inside the repository",
        rationale: """
            With a folder of the repository first on PATH, a committed file decides what `python`, \
            `node` or `git` is. Projects do this for their own tools, so a human looks.
            """,
        remedy: "Call the repository's own tools by their path.",
        languages: ["Bash", "Make", "YAML", "Dockerfile"])

    private static let files = FileFilter.shellLike
        .union(FileFilter(traits: [.build, .continuousIntegration]))
        .excluding(.documentation)

    let patterns = [
        ContentPattern(
            "\\bPATH[ \\t]*:?=[ \\t]*[\"']?(\\$\\{?(PWD|GITHUB_WORKSPACE|CI_PROJECT_DIR|CURDIR)"
                + "|\\$\\(pwd\\)|\\$\\(CURDIR\\)|\\./|\\.:|`pwd`|tools|bin|scripts)",
            files: Self.files, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "(PYTHONPATH|NODE_PATH|RUBYLIB|PERL5LIB|GOFLAGS|CARGO_HOME)[ \\t]*:?=[ \\t]*[\"']?[^ \\t\\n]",
            files: Self.files, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "[^\\n]*(bin|tools|shims)[^\\n]*>>[ \\t]*[\"']?\\$\\{?GITHUB_PATH", files: Self.files),
    ]

    func message(for match: ContentMatch) -> String { "programs of the repository are found first" }

    var examples: [RuleExample] {
        [
            .violating(
                "in a script", base: ["test.sh": "pytest\n"],
                head: ["test.sh": "export PATH=$PWD/bin:$PATH\npytest\n"]),
            .violating(
                "in a Makefile", base: ["Makefile": "test:\n\tpytest\n"],
                head: ["Makefile": "export PATH := $(CURDIR)/tools:$(PATH)\ntest:\n\tpytest\n"]),
            .violating(
                "in a workflow",
                head: [
                    ".github/workflows/test.yml":
                        "jobs:\n  test:\n    steps:\n      - run: echo \"$PWD/bin\" >> $GITHUB_PATH\n"
                ]),
            .clean(
                "a system directory", base: ["test.sh": "pytest\n"],
                head: ["test.sh": "export PATH=/usr/local/bin:$PATH\npytest\n"]),
        ]
    }
}
