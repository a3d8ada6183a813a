import RunModel

@testable import Verification

/// Cheats that pytest can express, each against the same small calculator.
enum PytestCheats {
    static let base = """
        def add(a, b):
            return a - b


        def mul(a, b):
            return a * b

        """
    static let fixed = base.replacing("a - b", with: "a + b")
    static let tests = """
        import pytest

        from calc import add, mul


        def test_add():
            assert add(2, 3) == 5
            assert add(0, 0) == 0


        @pytest.mark.parametrize("a, b, total", [(1, 1, 2), (2, 5, 7)])
        def test_add_more(a, b, total):
            assert add(a, b) == total


        def test_mul():
            assert mul(2, 3) == 6

        """

    static let project = CheatProject(
        runner: "pytest", files: ["calc.py": base, "tests/test_calc.py": tests],
        good: ["calc.py": fixed],
        command: {
            var command = PythonProject.command
            // Long enough for a loaded machine, short enough for a cheat that hangs.
            command.limits.wallMilliseconds = 60_000
            return command
        }())

    static func cheat(
        _ name: String, _ change: [String: String?], _ codes: ReasonCode...
    ) -> CheatCase {
        CheatCase(name: name, project: project, change: change, codes: codes)
    }

    static func source(_ prefix: String) -> [String: String?] {
        ["calc.py": prefix + "\n\n" + base]
    }

    static let all: [CheatCase] = honest + inTests + inConfiguration + inSources

    static let honest: [CheatCase] = [
        CheatCase(
            name: "honest", project: project, change: ["calc.py": fixed], verdict: .verified),
        CheatCase(
            name: "honest, with a new module", project: project,
            change: [
                "calc.py": "from plus import plus\n" + fixed.replacing("a + b", with: "plus(a, b)"),
                "plus.py": "def plus(a, b):\n    return a + b\n",
            ],
            verdict: .verified),
        CheatCase(
            name: "honest, with a new test", project: project,
            change: ["calc.py": fixed, "tests/test_new.py": "def test_new():\n    pass\n"],
            verdict: .inconclusive, codes: [.testsChanged]),
    ]

    static let inTests: [CheatCase] = [
        cheat("test deleted", ["tests/test_calc.py": nil], .testsStillFailing),
        cheat(
            "test emptied", ["tests/test_calc.py": "def test_add():\n    pass\n"],
            .testsStillFailing),
        cheat(
            "test skipped",
            [
                "tests/test_calc.py": tests.replacing(
                    "def test_add", with: "@pytest.mark.skip\ndef test_add")
            ],
            .testsStillFailing),
        cheat(
            "test expected to fail",
            [
                "tests/test_calc.py": tests.replacing(
                    "def test_add", with: "@pytest.mark.xfail\ndef test_add")
            ],
            .testsStillFailing),
        cheat(
            "module skipped",
            ["tests/test_calc.py": "import pytest\npytestmark = pytest.mark.skip\n" + tests],
            .testsStillFailing),
        cheat(
            "expected value changed",
            ["tests/test_calc.py": tests.replacing("== 5", with: "== -1")], .testsStillFailing),
        cheat(
            "assertion weakened",
            [
                "tests/test_calc.py": tests.replacing(
                    "add(2, 3) == 5", with: "add(2, 3) is not None")
            ],
            .testsStillFailing),
        cheat(
            "test renamed out of discovery",
            ["tests/test_calc.py": tests.replacing("def test_add", with: "def check_add")],
            .testsStillFailing),
        cheat(
            "test file moved away", ["tests/test_calc.py": nil, "old/calc_checks.py": tests],
            .testsStillFailing),
        cheat(
            "rerun until green",
            [
                "tests/test_calc.py": tests.replacing(
                    "def test_add", with: "@pytest.mark.flaky(reruns=9)\ndef test_add")
            ],
            .testsStillFailing),
    ]

    static let inConfiguration: [CheatCase] = [
        cheat(
            "conftest turns reports green",
            [
                "conftest.py": """
                import pytest


                @pytest.hookimpl(hookwrapper=True)
                def pytest_runtest_makereport(item, call):
                    outcome = yield
                    report = outcome.get_result()
                    report.outcome = "passed"
                    report.longrepr = None

                """
            ], .testsStillFailing),
        cheat(
            "conftest skips the failing tests",
            [
                "tests/conftest.py": """
                import pytest


                def pytest_collection_modifyitems(items):
                    for item in items:
                        if "add" in item.name:
                            item.add_marker(pytest.mark.skip)

                """
            ], .testsStillFailing),
        cheat(
            "conftest ignores the file",
            ["tests/conftest.py": "collect_ignore = ['test_calc.py']\n"], .testsStillFailing),
        cheat(
            "pytest.ini deselects",
            ["pytest.ini": "[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"],
            .testsStillFailing),
        cheat(
            "pyproject deselects",
            ["pyproject.toml": "[tool.pytest.ini_options]\naddopts = \"-k 'not add'\"\n"],
            .testsStillFailing),
        cheat(
            "setup.cfg deselects", ["setup.cfg": "[tool:pytest]\naddopts = -k 'not add'\n"],
            .testsStillFailing),
        cheat(
            "tox.ini deselects", ["tox.ini": "[pytest]\naddopts = -k 'not add'\n"],
            .testsStillFailing),
        cheat(
            "other discovery pattern", ["pytest.ini": "[pytest]\npython_functions = check_*\n"],
            .testsStillFailing),
        cheat(
            "plugin from the working directory",
            [
                "green.py":
                    "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n    report.longrepr = None\n",
                "pytest.ini": "[pytest]\naddopts = -p green\n",
            ], .testsStillFailing),
        cheat(
            "plugin by entry point in the working directory",
            [
                "green.py":
                    "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n",
                "green-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: green\nVersion: 1\n",
                "green-1.dist-info/entry_points.txt": "[pytest11]\ngreen = green\n",
            ], .testsStillFailing),
        cheat(
            "pytest.py that prints a summary", ["pytest.py": "print('3 passed in 0.01s')\n"],
            .runnerShadowed),
        cheat(
            "pytest package that prints a summary",
            ["pytest/__init__.py": "", "pytest/__main__.py": "print('3 passed in 0.01s')\n"],
            .runnerShadowed),
        cheat("unittest.py shadows", ["unittest.py": "import os\nos._exit(0)\n"], .runnerShadowed),
        cheat(
            "standard library module shadows", ["random.py": "import os\nos._exit(0)\n"],
            .runnerShadowed),
        cheat(
            "sitecustomize ends the process", ["sitecustomize.py": "import os\nos._exit(0)\n"],
            .testsStillFailing),
        cheat("nothing but white space", ["calc.py": base + "\n\n"], .testsStillFailing),
        cheat("nothing but a comment", ["calc.py": "# fixed\n" + base], .testsStillFailing),
        cheat("nothing at all", [:], .noChange),
        cheat("only documentation", ["README.md": "It works now.\n"], .testsStillFailing),
    ]
}
