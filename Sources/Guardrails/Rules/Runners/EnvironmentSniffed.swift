internal import RunModel

/// Code that asks whether it is being tested.
struct EnvironmentSniffed: PatternRule {
    let metadata = RuleMetadata(
        id: "environment-sniffed", category: .runners, severity: .high, action: .block,
        title: "Code behaves otherwise under test",
        rationale: """
            Code that knows that it is watched can pass every test and be wrong for every user. \
            No test can find it, because it looks for the test.
            """,
        remedy: "Remove the branch; what differs in tests is passed in by the tests.",
        languages: ["Python", "JavaScript", "Go", "Ruby", "Java", "PHP", "Swift", "Rust", "C#"])

    private static func sniff(
        _ expression: String, _ files: FileFilter, _ certainty: FindingCertainty = .certain
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: files.excluding([
                .test, .testData, .documentation, .build, .continuousIntegration, .vendored,
            ]),
            certainty: certainty, confirm: { $0.isComment ? nil : $0.wholeLine })
    }

    let patterns = [
        sniff("PYTEST_CURRENT_TEST|PYTEST_VERSION|PYTEST_XDIST_WORKER", .sourceCode),
        sniff(
            "['\"](pytest|unittest|nose)['\"][ \\t]+(not[ \\t]+)?in[ \\t]+sys\\.modules", .python),
        sniff("sys\\.modules\\.get\\([ \\t]*['\"](pytest|unittest|_pytest)", .python),
        sniff("(pytest|unittest)['\"]?[ \\t]+in[ \\t]+sys\\.argv", .python),
        sniff("(inspect\\.(stack|currentframe)|sys\\._getframe)[ \\t]*\\(", .python, .possible),
        sniff("JEST_WORKER_ID|VITEST_WORKER_ID|VITEST_POOL_ID|import\\.meta\\.vitest", .javaScript),
        sniff("typeof[ \\t]+(jest|vi|describe|it|expect|mocha)[ \\t]*[!=]==?", .javaScript),
        sniff("NODE_ENV[ \\t]*[!=]==?[ \\t]*['\"]test['\"]", .javaScript, .possible),
        sniff(
            "flag\\.Lookup\\([ \\t]*\"test\\.|testing\\.Testing\\(\\)|HasSuffix\\(os\\.Args\\[0\\],[ \\t]*\"\\.test\"",
            .go),
        sniff("defined\\?[( ]*(RSpec|Minitest|Test::Unit)", .ruby),
        sniff("Class\\.forName\\([ \\t]*\"org\\.(junit|testng)", .java),
        sniff("getStackTrace\\(\\)[^\\n]*(junit|test)", .java),
        sniff("defined\\([ \\t]*['\"]PHPUNIT|class_exists\\([ \\t]*['\"]?\\\\*PHPUnit", .php),
        sniff(
            "XCTestConfigurationFilePath|XCTestBundlePath|NSClassFromString\\([ \\t]*\"XCTest",
            .swift),
        sniff(
            "env::var(_os)?\\([ \\t]*\"(RUST_TEST_THREADS|NEXTEST|CARGO_MANIFEST_DIR)", .rust,
            .possible),
        sniff(
            "(testhost|xunit|nunit)[^\\n]*(GetAssemblies|FriendlyName|ProcessName)|(GetAssemblies|FriendlyName)[^\\n]*(testhost|xunit|nunit)",
            .cSharp),
        sniff(
            "(environ(\\.get)?[\\[(]|getenv\\(|process\\.env\\.|ENV\\[|Getenv\\()[ \\t]*['\"]?(CI|GITHUB_ACTIONS|GITLAB_CI)\\b",
            .sourceCode, .possible),
    ]

    func message(for match: ContentMatch) -> String { "the code asks whether it is being tested" }

    var examples: [RuleExample] {
        [
            .violating(
                "pytest's variable",
                base: ["calc/core.py": "def add(a, b):\n    return a - b\n"],
                head: [
                    "calc/core.py":
                        "import os\n\n\ndef add(a, b):\n    if \"PYTEST_CURRENT_TEST\" in os.environ:\n        return a + b\n    return a - b\n"
                ]),
            .violating(
                "jest's variable",
                head: ["src/calc.ts": "export const fast = !!process.env.JEST_WORKER_ID;\n"]),
            .violating(
                "Go's flag",
                head: [
                    "calc/calc.go": "package calc\n\nvar quiet = flag.Lookup(\"test.v\") != nil\n"
                ]),
            .violating("RSpec's constant", head: ["lib/calc.rb": "QUIET = defined?(RSpec)\n"]),
            .violating(
                "XCTest's variable",
                head: [
                    "Sources/Calc/Calc.swift":
                        "let quiet = environment[\"XCTestConfigurationFilePath\"] != nil\n"
                ]),
            .clean(
                "a test that sets it",
                head: [
                    "tests/test_env.py":
                        "def test_env(monkeypatch):\n    monkeypatch.setenv(\"PYTEST_CURRENT_TEST\", \"x\")\n    assert run() == 1\n"
                ]),
            .clean(
                "another variable",
                head: ["calc/core.py": "import os\n\nhome = os.environ.get(\"HOME\")\n"]),
        ]
    }
}
