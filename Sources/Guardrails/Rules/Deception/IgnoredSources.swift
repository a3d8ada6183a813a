internal import RunModel

/// Ignore lists that keep tests or sources out of the next commit.
struct IgnoredSources: PatternRule {
    let metadata = RuleMetadata(
        id: "ignored-sources", category: .deception, severity: .medium, action: .review,
        title: "Tests or sources ignored",
        rationale: """
            What an ignore list names is not committed, not shown as changed and often not \
            packaged or tested. Build output belongs there; tests and sources do not.
            """,
        remedy: "Ignore the folder that the build writes to, not sources.",
        languages: ["gitignore", "dockerignore", "npmignore"])

    private static let files = FileFilter(
        names: [".gitignore", ".dockerignore", ".npmignore", ".eslintignore", "exclude"],
        excluding: .vendored)

    let patterns = [
        ContentPattern(
            "^/?(\\*\\*/)?(tests?|specs?|__tests__|e2e|src|lib|app|sources|cmd|pkg|internal)/?\\*{0,2}[ \\t]*$",
            ignoresCase: true, files: FileFilter(names: [".gitignore", "exclude"])),
        ContentPattern(
            "^[^#!\\n]*(\\*?_test\\.|\\.test\\.|\\.spec\\.|_spec\\.|test_\\*|tests?\\.py|conftest\\.py|Test\\.java|Tests?\\.swift)",
            files: files),
        ContentPattern(
            "^/?(\\*\\*/)?\\*\\.(py|js|ts|tsx|jsx|go|rs|java|kt|cs|rb|php|swift|c|cc|cpp|h)[ \\t]*$",
            files: files),
        ContentPattern(
            "^/?(\\.github|\\.gitlab-ci\\.yml|\\.circleci|CODEOWNERS|drydock\\.yaml|\\.drydock)/?",
            files: FileFilter(names: [".gitignore", "exclude"])),
    ]

    func message(for match: ContentMatch) -> String { "git no longer sees what this names" }

    var examples: [RuleExample] {
        [
            .violating(
                "the tests", base: [".gitignore": "*.pyc\n"],
                head: [".gitignore": "*.pyc\ntests/\n"]),
            .violating("a kind of source", head: [".gitignore": "*.go\n"]),
            .violating("test files", head: [".gitignore": "*.test.js\n"]),
            .clean("build output", head: [".gitignore": "build/\n*.o\nnode_modules/\n"]),
            .clean("reports of tests", head: [".gitignore": "test-results/\n.pytest_cache/\n"]),
        ]
    }
}
