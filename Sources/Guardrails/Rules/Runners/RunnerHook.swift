internal import RunModel

/// Hooks that let a file decide what the runner reports.
struct RunnerHook: PatternRule {
    let metadata = RuleMetadata(
        id: "runner-hook", category: .runners, severity: .critical, action: .block,
        title: "Hook into the test runner's verdict",
        rationale: """
            A ten-line conftest.py turns every failure of a suite into a success. A hook that \
            rewrites outcomes, exit codes or the list of collected tests makes all other evidence \
            worthless.
            """,
        remedy: "Fix the code instead. Selecting tests belongs into the runner's command.",
        languages: ["Python", "JavaScript", "Ruby", "Go", "Java", "C#", "Rust", "PHP"])

    let patterns = [
        // pytest: outcomes and exit code.
        ContentPattern(
            "def[ \\t]+pytest_(runtest_makereport|runtest_protocol|pyfunc_call|runtest_call"
                + "|report_teststatus|sessionfinish|runtest_logreport|exception_interact"
                + "|cmdline_main|assertrepr_compare|unconfigure)\\b",
            files: .python, confirm: { $0.isComment ? nil : $0.wholeLine }),
        // pytest: which tests there are. Adding a marker for slow tests looks alike.
        ContentPattern(
            "def[ \\t]+pytest_(collection_modifyitems|ignore_collect|collect_file|itemcollected"
                + "|pycollect_makeitem|generate_tests|collection_finish|deselected)\\b",
            files: .python, certainty: .possible,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\.(outcome|longrepr|_excinfo|excinfo)[ \\t]*=[ \\t]*(['\"]passed['\"]|None)",
            files: .python, confirm: { $0.isComment ? nil : $0.wholeLine }),
        // Which tests are run: taken out of the list rather than marked.
        ContentPattern(
            "\\bitems(\\[:\\])?[ \\t]*=[^=]|\\bitems\\.(clear|remove|pop)\\(|del[ \\t]+items\\b",
            files: FileFilter(names: ["conftest.py"]),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern("session\\.(exitstatus|testsfailed)[ \\t]*=[ \\t]*0", files: .python),
        // jest, vitest, mocha, jasmine.
        ContentPattern(
            "(global|globalThis|window)\\.(expect|it|test|describe|assert|fail)[ \\t]*=[^=]",
            files: .javaScript, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "(this\\.currentTest|this\\.test|ctx\\.task|task\\.result)\\.(state|err)[ \\t]*=[^=]",
            files: .javaScript),
        ContentPattern(
            "(Runner|Runnable|Test)\\.prototype\\.(run|fail|runTest|emit)[ \\t]*=[^=]",
            files: .javaScript),
        // RSpec, Minitest.
        ContentPattern(
            "(set_exception|instance_variable_set\\([:'\"]@exception|example\\.exception[ \\t]*=)",
            files: .ruby),
        ContentPattern(
            "Minitest\\.(after_run|extensions|reporter)|class[ \\t]+(Minitest|RSpec)::",
            files: .ruby, certainty: .possible),
        ContentPattern("failures\\.clear|\\.failures[ \\t]*=[ \\t]*\\[\\]", files: .ruby),
        // JUnit, TestNG, NUnit, xUnit.
        ContentPattern(
            "implements[^\\n]*\\b(TestExecutionExceptionHandler|InvocationInterceptor"
                + "|IInvokedMethodListener|ITestListener|TestExecutionListener|TestWatcher)",
            files: .java),
        ContentPattern("setStatus\\([ \\t]*ITestResult\\.SUCCESS", files: .java),
        ContentPattern(
            "(ITestAction|IWrapTestMethod|IWrapSetUpTearDown|XunitTestCaseRunner)\\b",
            files: .cSharp),
        // Go: the suite's own main.
        ContentPattern(
            "os\\.Exit\\([ \\t]*0[ \\t]*\\)", files: .go.union(FileFilter(requiring: .test)),
            confirm: { $0.file.traits.contains(.test) ? $0.wholeLine : nil }),
        // Go: a main that runs nothing.
        ContentPattern(
            "^func[ \\t]+TestMain\\(", files: .go.excluding(.vendored),
            confirm: { candidate in
                let body = candidate.lines(0...30).prefix { $0 != "}" }
                return body.contains { $0.contains(".Run()") || $0.contains("VerifyTestMain") }
                    ? nil : candidate.wholeLine
            }),
        // pytest: a hook or a fixture that skips whatever comes.
        ContentPattern(
            "^[ \\t]+(pytest\\.(skip|xfail)\\(|raise[ \\t]+(unittest\\.)?SkipTest)",
            files: FileFilter(names: ["conftest.py"]), certainty: .possible,
            isCertain: { candidate in
                candidate.lines(-1...(-1)).contains { $0.contains("def ") || $0.contains("@") }
            }, confirm: { $0.isComment ? nil : $0.wholeLine }),
        // RSpec: what goes around examples and runs none.
        ContentPattern(
            "\\baround[ \\t]*(\\([^)\\n]*\\))?[ \\t]*(do|\\{)[ \\t]*\\|[a-z_]+\\|",
            files: .ruby.excluding([.documentation, .vendored]),
            confirm: { candidate in
                let name =
                    String(decoding: candidate.before, as: UTF8.self)
                    .split(separator: "|").last.map(String.init) ?? ""
                let after = String(decoding: candidate.after, as: UTF8.self)
                let rest = candidate.lines(1...25).prefix { $0 != "end" }
                let body = after.contains("}") ? after : ([after] + rest).joined(separator: "\n")
                let isUsed = body.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                    .contains { $0 == name }
                return isUsed || candidate.isComment ? nil : candidate.wholeLine
            }),
        // Rust: panics that no longer fail.
        ContentPattern("panic::set_hook|resume_unwind", files: .rust, certainty: .possible),
    ]

    func message(for match: ContentMatch) -> String {
        "the test runner's verdict can be changed here"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a conftest that turns failures into successes",
                head: [
                    "conftest.py": """
                    import pytest

                    @pytest.hookimpl(hookwrapper=True)
                    def pytest_runtest_makereport(item, call):
                        outcome = yield
                        report = outcome.get_result()
                        report.outcome = "passed"

                    """
                ]),
            .violating(
                "a set-up file with an expectation that agrees with everything",
                head: ["test/setup.js": "global.expect = () => ({ toBe() {} });\n"]),
            .violating(
                "failures are forgotten after each example",
                base: ["spec/spec_helper.rb": "RSpec.configure do |config|\nend\n"],
                head: [
                    "spec/spec_helper.rb":
                        "RSpec.configure do |config|\n  config.after { |example| example.exception = nil }\nend\n"
                ]),
            .violating(
                "a suite that always exits well",
                head: [
                    "calc/main_test.go":
                        "package calc\n\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n"
                ]),
            .violating(
                "an extension that handles every exception",
                head: [
                    "src/test/java/Quiet.java":
                        "class Quiet implements TestExecutionExceptionHandler {\n}\n"
                ]),
            .clean(
                "a fixture in a conftest",
                head: [
                    "conftest.py":
                        "import pytest\n\n@pytest.fixture\ndef calc():\n    return Calc()\n"
                ]),
            .clean(
                "a suite that reports its code",
                head: [
                    "calc/main_test.go":
                        "package calc\n\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}\n"
                ]),
        ]
    }
}
