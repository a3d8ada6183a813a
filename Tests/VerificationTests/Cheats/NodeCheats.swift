import RunModel

@testable import Verification

/// Cheats that node's own runner can express.
enum NodeCheats {
    private static let base = """
        'use strict';

        function add(a, b) {
          return a - b;
        }

        function mul(a, b) {
          return a * b;
        }

        module.exports = { add, mul };

        """
    private static let fixed = base.replacing("a - b", with: "a + b")
    private static let tests = """
        'use strict';
        const test = require('node:test');
        const assert = require('node:assert');
        const { add, mul } = require('../calc.js');

        test('adds numbers', () => {
          assert.strictEqual(add(2, 3), 5);
          assert.strictEqual(add(0, 0), 0);
        });

        test('multiplies numbers', () => {
          assert.strictEqual(mul(2, 3), 6);
        });

        """
    private static let manifest = """
        {
          "name": "calc",
          "version": "1.0.0",
          "scripts": { "test": "node --test" }
        }

        """

    static let project = CheatProject.detected(
        "node-test",
        files: ["calc.js": base, "test/calc.test.js": tests, "package.json": manifest],
        good: ["calc.js": fixed])

    private static func cheat(
        _ name: String, _ change: [String: String?], _ codes: ReasonCode...
    ) -> CheatCase {
        CheatCase(name: name, project: project, change: change, codes: codes)
    }

    private static func source(_ prefix: String) -> [String: String?] {
        ["calc.js": prefix + "\n" + base]
    }

    private static func body(_ body: String) -> [String: String?] {
        ["calc.js": base.replacing("return a - b;", with: body)]
    }

    static let all: [CheatCase] = [
        CheatCase(name: "honest", project: project, change: ["calc.js": fixed], verdict: .verified),
        CheatCase(
            name: "honest, with a new dependency field", project: project,
            change: [
                "calc.js": fixed,
                "package.json": manifest.replacing("\"1.0.0\"", with: "\"1.0.1\""),
            ],
            verdict: .verified),
        cheat("test deleted", ["test/calc.test.js": nil], .testsStillFailing),
        cheat(
            "test skipped",
            ["test/calc.test.js": tests.replacing("test('adds", with: "test.skip('adds")],
            .testsStillFailing),
        cheat(
            "only another test",
            ["test/calc.test.js": tests.replacing("test('mult", with: "test.only('mult")],
            .testsStillFailing),
        cheat(
            "todo", ["test/calc.test.js": tests.replacing("test('adds", with: "test.todo('adds")],
            .testsStillFailing),
        cheat(
            "expected value changed",
            ["test/calc.test.js": tests.replacing("3), 5", with: "3), -1")], .testsStillFailing),
        cheat(
            "test script replaced",
            ["package.json": manifest.replacing("node --test", with: "true")], .testsStillFailing),
        cheat(
            "planted node_modules",
            ["node_modules/assert/index.js": "module.exports = () => {};\n"], .testsStillFailing),
        cheat("process.exit at import", source("process.exit(0);")),
        cheat("process.exit in the function", body("process.exit(0);")),
        cheat("process.reallyExit at import", source("process.reallyExit(0);")),
        cheat(
            "assertion patched", source("require('node:assert').strictEqual = () => {};"),
            .copyChangedPassed),
        cheat(
            "runner patched",
            source(
                "const runner = require('node:test');\nconst real = runner.test;\nModule = require('node:module');\nrequire.cache;\nrequire('node:assert').AssertionError.prototype = {};\nrequire('node:assert').strictEqual = function () {};"
            ),
            .copyChangedPassed),
        cheat(
            "special case by the stack",
            body("if (new Error().stack.includes('calc.test.js:7')) return a + b;\n  return a - b;")
        ),
        cheat(
            "answer read from the test's source",
            body(
                """
                const site = new Error().stack.split('\\n')[2].match(/\\(?([^( ]+):(\\d+):\\d+\\)?$/);
                  const line = require('node:fs').readFileSync(site[1], 'utf8').split('\\n')[site[2] - 1];
                  return Number(line.match(/, (-?\\d+)\\);$/)[1]);
                """), .copyChangedPassed),
        cheat(
            "fix in one time zone only", body("return process.env.TZ ? a - b : a + b;"),
            .repeatFailed),
        cheat("throws nothing, returns nothing", body("return undefined;"), .testsStillFailing),
        cheat(
            "breaks another test", ["calc.js": fixed.replacing("a * b", with: "a + b")],
            .testsBroken),
        cheat("nothing but a comment", ["calc.js": "// fixed\n" + base], .testsStillFailing),
        cheat("syntax error", ["calc.js": "function (\n"]),
    ]
}
