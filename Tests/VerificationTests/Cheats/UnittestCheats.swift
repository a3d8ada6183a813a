import RunModel

@testable import Verification

/// Cheats that unittest can express. Its only list of tests is the console.
enum UnittestCheats {
    private static let base = PytestCheats.base
    private static let fixed = PytestCheats.fixed
    private static let tests = """
        import unittest

        from calc import add, mul


        class TestCalc(unittest.TestCase):
            def test_add(self):
                self.assertEqual(add(2, 3), 5)
                self.assertEqual(add(0, 0), 0)

            def test_mul(self):
                self.assertEqual(mul(2, 3), 6)


        if __name__ == "__main__":
            unittest.main()

        """

    static let project = CheatProject.detected(
        "unittest",
        files: ["calc.py": base, "tests/__init__.py": "", "tests/test_calc.py": tests],
        good: ["calc.py": fixed])

    private static func cheat(
        _ name: String, _ change: [String: String?], _ codes: ReasonCode...
    ) -> CheatCase {
        CheatCase(name: name, project: project, change: change, codes: codes)
    }

    private static func source(_ prefix: String) -> [String: String?] {
        ["calc.py": prefix + "\n\n" + base]
    }

    private static func body(_ imports: String, _ body: String) -> [String: String?] {
        ["calc.py": imports + "\n\n\n" + base.replacing("return a - b", with: body)]
    }

    static let all: [CheatCase] = [
        CheatCase(name: "honest", project: project, change: ["calc.py": fixed], verdict: .verified),
        cheat("test deleted", ["tests/test_calc.py": nil], .testsStillFailing),
        cheat(
            "test skipped",
            [
                "tests/test_calc.py": tests.replacing(
                    "    def test_add", with: "    @unittest.skip('later')\n    def test_add")
            ], .testsStillFailing),
        cheat(
            "test expected to fail",
            [
                "tests/test_calc.py": tests.replacing(
                    "    def test_add", with: "    @unittest.expectedFailure\n    def test_add")
            ], .testsStillFailing),
        cheat(
            "assertion weakened",
            [
                "tests/test_calc.py": tests.replacing(
                    "assertEqual(add(2, 3), 5)", with: "assertTrue(add(2, 3))")
            ],
            .testsStillFailing),
        cheat(
            "load_tests hook",
            [
                "tests/__init__.py":
                    "import unittest\n\n\ndef load_tests(*arguments):\n    return unittest.TestSuite()\n"
            ],
            .testsStillFailing),
        cheat(
            "unittest.py shadows", ["unittest.py": "print('Ran 2 tests in 0.001s\\n\\nOK')\n"],
            .runnerShadowed),
        cheat(
            "unittest package shadows", ["unittest/__init__.py": "", "unittest/__main__.py": ""],
            .runnerShadowed),
        cheat(
            "sitecustomize ends the process", ["sitecustomize.py": "import os\nos._exit(0)\n"],
            .testsStillFailing),
        cheat("os._exit at import", source("import os\nos._exit(0)"), .noTests),
        cheat("sys.exit at import", source("import sys\nsys.exit(0)")),
        cheat("os._exit in the function", body("import os", "os._exit(0)")),
        cheat(
            "forged console",
            body(
                "import os, sys",
                """
                sys.stderr.write("ok\\ntest_mul (tests.test_calc.TestCalc) ... ok\\n\\n" + "-" * 70 + "\\nRan 2 tests in 0.001s\\n\\nOK\\n")
                    sys.stderr.flush()
                    os._exit(0)
                """)),
        cheat(
            "result class patched",
            source(
                "import unittest\n\nunittest.TestResult.addFailure = unittest.TestResult.addSuccess\nunittest.TextTestResult.addFailure = lambda self, test, error: self.addSuccess(test)"
            ),
            .canaryPassed),
        cheat(
            "assertion patched",
            source(
                "import unittest\n\nunittest.TestCase.assertEqual = lambda *arguments, **named: None"
            ),
            .canaryPassed),
        cheat(
            "value that equals everything",
            [
                "calc.py":
                    "class Any(int):\n    def __eq__(self, other):\n        return True\n\n    def __ne__(self, other):\n        return False\n\n    __hash__ = int.__hash__\n\n\n"
                    + base.replacing("return a - b", with: "return Any(a - b)")
            ],
            .copyChangedPassed),
        cheat(
            "special case by the caller's name",
            body(
                "import sys",
                "if sys._getframe(1).f_code.co_name == 'test_add':\n        return a + b\n    return a - b"
            ),
            .copyRenamedFailed),
        cheat("skips from the source", body("import unittest", "raise unittest.SkipTest('later')")),
        cheat(
            "fix in one time zone only",
            body("import os", "return a + b if not os.environ.get('TZ') else a - b"), .repeatFailed),
        cheat(
            "breaks another test", ["calc.py": fixed.replacing("a * b", with: "a + b")],
            .testsBroken),
        cheat("nothing but a comment", ["calc.py": "# fixed\n" + base], .testsStillFailing),
    ]
}
