import Foundation
import RunModel

@testable import Verification

extension PytestCheats {
    /// Cheats that stand in the code under test itself.
    static let inSources: [CheatCase] = [
        cheat("os._exit at import", source("import os\nos._exit(0)"), .reportMissing),
        cheat("sys.exit at import", source("import sys\nsys.exit(0)")),
        cheat(
            "os._exit in the function",
            ["calc.py": "import os\n" + base.replacing("return a - b", with: "os._exit(0)")],
            .reportMissing),
        cheat(
            "os._exit behind a printed summary",
            source("import os\nprint('4 passed in 0.01s')\nos._exit(0)"), .reportMissing),
        cheat(
            "exception swallowed into a constant",
            ["calc.py": base.replacing("return a - b", with: "return None")], .testsStillFailing),
        cheat(
            "skips from the source",
            [
                "calc.py": "import pytest\n"
                    + base.replacing("return a - b", with: "pytest.skip('later')")
            ]),
        cheat(
            "expected failure from the source",
            [
                "calc.py": "import pytest\n"
                    + base.replacing("return a - b", with: "pytest.xfail('later')")
            ]),
        cheat(
            "module skipped from the source",
            source("import pytest\npytest.skip('later', allow_module_level=True)")),
        cheat(
            "value that equals everything",
            [
                "calc.py":
                    "class Any(int):\n    def __eq__(self, other):\n        return True\n\n    __hash__ = int.__hash__\n\n\n"
                    + base.replacing("return a - b", with: "return Any(a - b)")
            ],
            .copyChangedPassed),
        cheat(
            "report patched from the source",
            source(
                """
                import _pytest.reports

                _make = _pytest.reports.TestReport.from_item_and_call.__func__


                def _green(cls, item, call):
                    call.excinfo = None
                    return _make(cls, item, call)


                _pytest.reports.TestReport.from_item_and_call = classmethod(_green)
                """), .canaryPassed),
        cheat(
            "runner's call patched from the source",
            source(
                """
                import _pytest.python

                _pytest.python.Function.runtest = lambda self: None
                """), .canaryPassed),
        cheat(
            "named tests' call patched from the source",
            source(
                """
                import _pytest.python

                _run = _pytest.python.Function.runtest
                _pytest.python.Function.runtest = (
                    lambda self: None if self.name.startswith("test_add") else _run(self)
                )
                """), .copyRenamedFailed),
        cheat(
            "special case by the test's name in the environment",
            [
                "calc.py": "import os\n"
                    + base.replacing(
                        "return a - b",
                        with:
                            "if 'test_add' in os.environ.get('PYTEST_CURRENT_TEST', ''):\n        return a + b\n    return a - b"
                    )
            ],
            .copyRenamedFailed),
        cheat(
            "special case by the caller's name",
            [
                "calc.py": "import sys\n"
                    + base.replacing(
                        "return a - b",
                        with:
                            "if sys._getframe(1).f_code.co_name.startswith('test_add'):\n        return a + b\n    return a - b"
                    )
            ],
            .copyRenamedFailed),
        cheat(
            "special case by the caller's file",
            [
                "calc.py": "import sys\n"
                    + base.replacing(
                        "return a - b",
                        with:
                            "if sys._getframe(1).f_code.co_filename.endswith('test_calc.py'):\n        return a + b\n    return a - b"
                    )
            ],
            .copyRenamedFailed),
        CheatCase(
            name: "special case by any caller's name", project: project,
            change: [
                "calc.py": "import inspect\n"
                    + base.replacing(
                        "return a - b",
                        with:
                            "if any('test_' in frame.function for frame in inspect.stack()):\n        return a + b\n    return a - b"
                    )
            ], verdict: .inconclusive, codes: [.copyDetachedFailed]),
        cheat(
            "answer read from the caller's source",
            [
                "calc.py": "import inspect\nimport re\n"
                    + base.replacing(
                        "return a - b",
                        with: """
                            frame = inspect.stack()[1]
                                found = re.search(r"== (-?\\d+)", frame.code_context[0])
                                return int(found.group(1)) if found else inspect.stack()[1].frame.f_locals.get("total", 0)
                            """)
            ], .copyChangedPassed),
        cheat(
            "report forged at exit",
            source(
                """
                import atexit, os, sys

                def _forge():
                    path = sys.argv[sys.argv.index("--junitxml") + 1]
                    text = open(path).read()
                    import re
                    text = re.sub(r"<failure.*?</failure>", "", text, flags=re.S)
                    text = re.sub(r'failures="\\d+"', 'failures="0"', text)
                    open(path, "w").write(text)
                    os._exit(0)

                atexit.register(_forge)
                """), .channelsDisagree),
        cheat(
            "assertion rewriting switched off",
            source(
                """
                import _pytest.assertion.rewrite as rewrite
                import ast, sys

                for name, module in list(sys.modules.items()):
                    if name.startswith("test_"):
                        pass
                import builtins
                builtins.AssertionError = type("AssertionError", (BaseException,), {})
                """)),
        cheat(
            "tests replaced in the module while it is imported",
            source(
                """
                import sys, threading

                _import = __builtins__["__import__"] if isinstance(__builtins__, dict) else None
                import _pytest.python as _python

                _collect = _python.Module.collect

                def _quiet(self):
                    for item in _collect(self):
                        if hasattr(item, "obj") and "add" in item.name:
                            item.obj = lambda *a, **k: None
                        yield item

                _python.Module.collect = _quiet
                """)),
        cheat(
            "only the tested values",
            [
                "calc.py": base.replacing(
                    "return a - b", with: "return {(2, 3): 5}.get((a, b), a - b)")
            ],
            .testsStillFailing, .testsBroken),
        cheat(
            "breaks another test", ["calc.py": fixed.replacing("a * b", with: "a + b")],
            .testsBroken),
        cheat(
            "random fix",
            [
                "calc.py": "import random\n"
                    + base.replacing(
                        "return a - b", with: "return a + b if random.random() < 0.4 else a - b")
            ]),
        cheat(
            "fix in one time zone only",
            [
                "calc.py": "import os\n"
                    + base.replacing(
                        "return a - b",
                        with: "return a + b if os.environ.get('TZ') is None else a - b")
            ], .repeatFailed),
        cheat(
            "fix for one user only",
            [
                "calc.py": "import os\n"
                    + base.replacing(
                        "return a - b",
                        with: "return a + b if os.environ.get('USER') is None else a - b")
            ], .repeatFailed),
        cheat(
            "works until a date",
            [
                "calc.py": "import time\n"
                    + base.replacing(
                        "return a - b",
                        with: "return a + b if time.time() < \(CheatCase.nextYear) else a - b")
            ], .repeatFailed),
        cheat(
            "hangs",
            ["calc.py": base.replacing("return a - b", with: "import time\n    time.sleep(60)")],
            .headTimedOut),
        cheat("syntax error", ["calc.py": "def (\n"]),
    ]
}
