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
        _ expression: String, _ files: FileFilter, _ certainty: FindingCertainty = .certain,
        isCertain: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false },
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true }
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: files.excluding([
                .test, .testData, .documentation, .build, .continuousIntegration, .vendored,
            ]),
            certainty: certainty, isCertain: isCertain,
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    /// What callers are called that are tests.
    private static let callers = [
        "test_", "_test", "\"test", "'test", ".test", ".spec", "pytest", "unittest", "junit",
        "testng", "xunit", "nunit", "mstest", "jest", "mocha", "vitest", "rspec", "minitest",
        "phpunit", "xctest", "testing.",
    ]

    /// The stack is looked at, and the lines beside it name tests.
    private static func looksForTests(_ candidate: ContentCandidate) -> Bool {
        candidate.lines(-2...3).contains { line in
            let lower = line.lowercased()
            return callers.contains { lower.contains($0) }
        }
    }

    /// The answer depends on it: a condition that returns, or a choice between two values.
    private static func decidesResult(_ candidate: ContentCandidate) -> Bool {
        let line = candidate.string
        let words = Set(
            line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        if words.contains("return"), !words.isDisjoint(with: ["if", "unless"]) { return true }
        if line.contains(" ? "), line.contains(" : "), !line.contains("? true") { return true }
        guard !words.isDisjoint(with: ["if", "elif", "elsif", "unless"]) else { return false }
        let next = candidate.lines(1...1).first?.drop { $0 == " " || $0 == "\t" } ?? ""
        return next.hasPrefix("return ") && next.count > 9
    }

    let patterns = [
        sniff("PYTEST_CURRENT_TEST|PYTEST_VERSION|PYTEST_XDIST_WORKER", .sourceCode),
        sniff(
            "['\"](pytest|unittest|nose)['\"][ \\t]+(not[ \\t]+)?in[ \\t]+sys\\.modules", .python),
        sniff("sys\\.modules\\.get\\([ \\t]*['\"](pytest|unittest|_pytest)", .python),
        sniff("(pytest|unittest)['\"]?[ \\t]+in[ \\t]+sys\\.argv", .python),
        sniff("(pytest|unittest|nose)['\"][ \\t]+in[ \\t]+[a-zA-Z_.()]*(sys\\.argv|argv)", .python),
        sniff("sys\\.argv\\[0\\][^\\n]*['\"][^'\"]*test", .python),
        sniff(
            "(inspect\\.(stack|currentframe)|sys\\._getframe|traceback\\.(extract_stack|format_stack))[ \\t]*\\(",
            .python, .possible, isCertain: looksForTests),
        sniff(
            "new[ \\t]+Error\\([^\\n]*\\)\\.stack|captureStackTrace", .javaScript,
            onlyIf: looksForTests),
        sniff("runtime\\.(Caller|Callers|Stack)\\(", .go, onlyIf: looksForTests),
        sniff("\\bcaller(_locations)?\\b", .ruby, onlyIf: looksForTests),
        sniff("debug_backtrace\\(", .php, onlyIf: looksForTests),
        sniff("Thread\\.callStackSymbols", .swift, onlyIf: looksForTests),
        sniff(
            "new[ \\t]+StackTrace\\(|Environment\\.StackTrace", .cSharp,
            onlyIf: looksForTests),
        sniff("cfg!\\([ \\t]*(not\\()?test\\b", .rust),
        sniff("JEST_WORKER_ID|VITEST_WORKER_ID|VITEST_POOL_ID|import\\.meta\\.vitest", .javaScript),
        sniff("typeof[ \\t]+(jest|vi|describe|it|expect|mocha)[ \\t]*[!=]==?", .javaScript),
        sniff(
            "NODE_ENV[ \\t]*[!=]==?[ \\t]*['\"]test['\"]", .javaScript, .possible,
            isCertain: decidesResult),
        sniff(
            "flag\\.Lookup\\([ \\t]*\"test\\.|testing\\.Testing\\(\\)|(HasSuffix|Contains)\\(os\\.Args\\[0\\],[ \\t]*\"[^\"]*\\.test",
            .go),
        sniff("defined\\?[( ]*(RSpec|Minitest|Test::Unit)", .ruby),
        sniff("Class\\.forName\\([ \\t]*\"org\\.(junit|testng)", .java),
        sniff("getStackTrace\\(\\)|StackWalker\\.", .java, onlyIf: looksForTests),
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
            .sourceCode, .possible, isCertain: decidesResult),
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
