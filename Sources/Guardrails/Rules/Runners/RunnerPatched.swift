internal import RunModel

/// Code that reaches into the test runner, the interpreter or the clock.
struct RunnerPatched: PatternRule {
    let metadata = RuleMetadata(
        id: "runner-patched", category: .runners, severity: .critical, action: .block,
        title: "Test runner, assertions or clock replaced at run time",
        rationale: """
            Code under test that imports the runner's internals, replaces assertion methods or \
            stops the clock changes what the tests can see.
            """,
        remedy: "Leave the runner alone; inject what the code needs.",
        languages: ["Python", "JavaScript", "Ruby", "Java", "C#", "PHP", "Swift"])

    private static let code = FileFilter(excluding: [.documentation, .vendored, .generated])
    private static func python(_ expression: String) -> ContentPattern {
        ContentPattern(
            expression, files: .python.excluding([.test, .documentation]),
            confirm: { $0.isComment ? nil : $0.wholeLine })
    }

    let patterns = [
        python("(from|import)[ \\t]+(_pytest|pluggy)\\b"),
        python("(from|import)[ \\t]+unittest\\.(case|result|runner|loader)\\b"),
        ContentPattern(
            "unittest\\.(TestCase|TestResult|case\\.TestCase)\\.[a-zA-Z_]+[ \\t]*=[^=]",
            files: .python),
        ContentPattern(
            "(_pytest|pytest)\\.[a-zA-Z_.]+[ \\t]*=[^=]", files: .python,
            confirm: { $0.isComment || $0.lineStarts(with: "pytestmark", "@") ? nil : $0.wholeLine }
        ),
        ContentPattern(
            "sys\\.modules\\[['\"](pytest|_pytest|unittest|time|random)", files: .python),
        python("import_module\\([ \\t]*['\"](_pytest|pluggy|unittest)\\b"),
        python("__import__\\([ \\t]*['\"](_pytest|pluggy|unittest)\\b"),
        python("ctypes\\.pythonapi\\b"),
        ContentPattern("flag\\.Set\\([ \\t]*\"test\\.", files: .go),
        ContentPattern(
            "//go:linkname[ \\t]+[^\\n]*[ \\t](testing|runtime|time|os)\\.", files: .go),
        python("sys\\.(settrace|setprofile)[ \\t]*\\("),
        python("gc\\.get_(objects|referrers)[ \\t]*\\("),
        ContentPattern("(builtins|__builtins__)\\.[a-z]+[ \\t]*=[^=]", files: .python),
        python("\\b(time\\.(time|sleep|monotonic)|random\\.(random|seed))[ \\t]*=[^=]"),
        python("setattr\\([ \\t]*(time|builtins|unittest|pytest|random)[ \\t]*,"),
        ContentPattern(
            "\\b(Date\\.now|Math\\.random|performance\\.now)[ \\t]*=[^=]", files: .javaScript),
        ContentPattern(
            "\\b(assert|expect)\\.[a-zA-Z]+[ \\t]*=[ \\t]*(\\(|function|async|jest|vi|sinon|noop)",
            files: .javaScript),
        ContentPattern("require\\.cache\\[", files: .javaScript, certainty: .possible),
        ContentPattern(
            "Module\\.(_load|_resolveFilename|prototype\\.require)[ \\t]*=", files: .javaScript),
        ContentPattern(
            "module[ \\t]+Minitest\\b|Minitest::Assertions\\.(class_eval|prepend|define_method)"
                + "|RSpec::Expectations[^\\n]*(class_eval|prepend|define_method)",
            files: .ruby),
        ContentPattern("Object\\.(class_eval|send)[^\\n]*(:==|:eql\\?|:equal\\?)", files: .ruby),
        ContentPattern(
            "System\\.setSecurityManager|Instrumentation\\.redefineClasses", files: .java),
        ContentPattern("mockStatic\\((Assertions|Assert|System|Instant|Clock)\\b", files: .java),
        ContentPattern(
            "uopz_set_return|runkit[0-9]*_function_redefine|override_function", files: .php),
        ContentPattern("method_exchangeImplementations|class_replaceMethod", files: .swift),
        ContentPattern(
            "Harmony\\(|MonoMod\\.|RuntimeHelpers\\.PrepareMethod", files: .cSharp,
            certainty: .possible),
    ]

    func message(for match: ContentMatch) -> String {
        "the runner, its assertions, the interpreter or the clock is replaced"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "the code under test imports the runner's internals",
                base: ["calc/core.py": "def add(a, b):\n    return a - b\n"],
                head: [
                    "calc/core.py":
                        "import _pytest.reports\n\n_pytest.reports.TestReport.failed = False\n\n\ndef add(a, b):\n    return a - b\n"
                ]),
            .violating(
                "an assertion method is replaced",
                head: [
                    "tests/helper.py":
                        "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n"
                ]),
            .violating(
                "the clock is stopped",
                base: ["src/timer.js": "export const now = () => Date.now();\n"],
                head: [
                    "src/timer.js": "Date.now = () => 0;\nexport const now = () => Date.now();\n"
                ]),
            .violating(
                "assertions do nothing",
                head: ["test/setup.ts": "assert.strictEqual = () => {};\n"]),
            .violating(
                "Minitest is opened",
                head: [
                    "test/helper.rb":
                        "module Minitest\n  module Assertions\n    def assert_equal(*); end\n  end\nend\n"
                ]),
            .clean(
                "the clock is read",
                head: ["calc/core.py": "import time\n\nstarted = time.time()\n"]),
            .clean(
                "a test patches what its code calls",
                head: [
                    "tests/test_a.py":
                        "def test_a(monkeypatch):\n    monkeypatch.setattr(api, \"get\", fake)\n    assert run() == 1\n"
                ]),
        ]
    }
}
