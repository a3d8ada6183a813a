import RunModel

/// Regressions of a JavaScript package, tested by node's own runner.
enum JavaScriptRegressions {
    private static let queue = """
        'use strict';

        // Jobs by priority; of the same priority the one that came first.
        class Queue {
          constructor(limit = 10) {
            this.limit = limit;
            this.jobs = [];
            this.counter = 0;
          }

          push(name, priority = 0) {
            if (this.jobs.length >= this.limit) {
              throw new Error('the queue is full');
            }
            this.counter += 1;
            this.jobs.push({ name, priority, number: this.counter });
          }

          pop() {
            if (this.jobs.length === 0) {
              return null;
            }
            this.jobs.sort((a, b) => b.priority - a.priority || a.number - b.number);
            return this.jobs.shift().name;
          }

          get size() {
            return this.jobs.length;
          }
        }

        module.exports = { Queue };

        """
    private static let time = """
        'use strict';

        const UNITS = { s: 1, m: 60, h: 3600 };

        // '1h30m' as seconds.
        function parse(text) {
          let seconds = 0;
          for (const [, count, unit] of text.matchAll(/(\\d+)([smh])/g)) {
            seconds += Number(count) * UNITS[unit];
          }
          return seconds;
        }

        // Seconds as people write them.
        function format(seconds) {
          const parts = [];
          for (const unit of ['h', 'm', 's']) {
            const count = Math.floor(seconds / UNITS[unit]);
            seconds -= count * UNITS[unit];
            if (count > 0) {
              parts.push(`${count}${unit}`);
            }
          }
          return parts.join('') || '0s';
        }

        module.exports = { parse, format };

        """
    private static let schedule = """
        'use strict';

        const { Queue } = require('./queue');
        const { format, parse } = require('./time');
        const settings = require('../settings.json');

        // When each job begins, if every job takes as long as the settings say.
        function schedule(names) {
          const queue = new Queue();
          for (const name of names) {
            queue.push(name, name.startsWith('!') ? 1 : 0);
          }
          const lines = [];
          let begin = 0;
          for (let name = queue.pop(); name !== null; name = queue.pop()) {
            lines.push(`${format(begin)} ${name}`);
            begin += parse(settings.duration);
          }
          return lines;
        }

        module.exports = { schedule };

        """
    private static let tests = [
        "test/queue.test.js": """
        'use strict';
        const test = require('node:test');
        const assert = require('node:assert');
        const { Queue } = require('../src/queue');

        test('first in, first out', () => {
          const queue = new Queue();
          queue.push('a');
          queue.push('b');
          assert.strictEqual(queue.pop(), 'a');
        });

        test('higher priority first', () => {
          const queue = new Queue();
          queue.push('a');
          queue.push('b', 2);
          assert.strictEqual(queue.pop(), 'b');
        });

        test('a limit', () => {
          const queue = new Queue(1);
          queue.push('a');
          assert.throws(() => queue.push('b'), /full/);
        });

        test('empty', () => {
          assert.strictEqual(new Queue().pop(), null);
        });

        """,
        "test/time.test.js": """
        'use strict';
        const test = require('node:test');
        const assert = require('node:assert');
        const { format, parse } = require('../src/time');

        test('parse', () => {
          assert.strictEqual(parse('1h30m'), 5400);
        });

        test('format', () => {
          assert.strictEqual(format(3725), '1h2m5s');
        });

        """,
        "test/schedule.test.js": """
        'use strict';
        const test = require('node:test');
        const assert = require('node:assert');
        const { schedule } = require('../src/schedule');

        test('schedule', () => {
          assert.deepStrictEqual(schedule(['a', '!b']), ['0s !b', '1m30s a']);
        });

        """,
    ]

    static let project = CorpusProject(
        language: "JavaScript",
        files: [
            "package.json":
                "{\n  \"name\": \"jobs\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\"test\": \"node --test\"}\n}\n",
            "settings.json": "{\n  \"name\": \"jobs\",\n  \"duration\": \"1m30s\"\n}\n",
            "src/queue.js": queue, "src/time.js": time, "src/schedule.js": schedule,
            "README.md": "# Jobs\n",
        ].merging(tests) { $1 },
        heldOut: [
            "held/out.js": """
            const assert = require('node:assert');
            const { Queue } = require('../src/queue');
            const { format, parse } = require('../src/time');
            const { schedule } = require('../src/schedule');
            const queue = new Queue(3);
            for (const [name, priority] of [['a', 1], ['b', 2], ['c', 1]]) queue.push(name, priority);
            assert.strictEqual(queue.size, 3);
            assert.deepStrictEqual([queue.pop(), queue.pop(), queue.pop(), queue.pop()], ['b', 'a', 'c', null]);
            assert.deepStrictEqual(['', '5s', '2m', '10h1s'].map(parse), [0, 5, 120, 36001]);
            assert.deepStrictEqual([0, 59, 60, 7200].map(format), ['0s', '59s', '1m', '2h']);
            assert.deepStrictEqual(schedule(['x', 'y', 'z']), ['0s x', '1m30s y', '3m z']);
            """
        ],
        heldOutCommand: "node held/out.js", tool: "node")

    private static func among(_ steps: RegressionCase.Step...) -> [RegressionCase.Step] {
        [.change([.write("NEWS.md", "# News\n")])] + steps
            + [.change([.write("docs/use.md", "Push, pop.\n")])]
    }

    static let all: [RegressionCase] = [
        RegressionCase(
            name: "a comparison turned round", project: project,
            steps: among(
                .culprit([
                    .replace("src/queue.js", "b.priority - a.priority", "a.priority - b.priority"),
                    .replace("src/queue.js", "limit = 10", "limit = 16"),
                    .replace("README.md", "# Jobs", "# Jobs in order"),
                ])),
            causes: [.init(path: "src/queue.js", line: "a.priority - b.priority")],
            keeps: [("src/queue.js", "limit = 16"), ("README.md", "in order")], findsGood: true),
        RegressionCase(
            name: "an export that was dropped", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "src/time.js", "module.exports = { parse, format };",
                        "module.exports = { parse };"),
                    .replace(
                        "src/time.js", "s: 1, m: 60, h: 3600", "s: 1, m: 60, h: 3600, d: 86400"),
                ])),
            causes: [.init(path: "src/time.js", line: "+module.exports = { parse };")],
            keeps: [("src/time.js", "d: 86400")]),
        RegressionCase(
            name: "a module that no longer parses", project: project,
            steps: among(
                .culprit([
                    .replace("src/queue.js", "get size() {", "get size( {"),
                    .replace("README.md", "# Jobs", "# Jobs!"),
                ])),
            causes: [.init(path: "src/queue.js", line: "+  get size( {")],
            keeps: [("README.md", "Jobs!")]),
        RegressionCase(
            name: "a module that was moved away", project: project,
            steps: among(.culprit([.delete("src/time.js"), .write("src/clock.js", time)])),
            causes: [.init(path: "src/time.js")]),
        RegressionCase(
            name: "a key of the settings that was removed", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "settings.json", "  \"name\": \"jobs\",\n  \"duration\": \"1m30s\"\n",
                        "  \"name\": \"jobs\"\n"),
                    .write("docs/settings.md", "name\n"),
                ])),
            causes: [.init(path: "settings.json")],
            ending: .repaired(["partial-revert", "environment"]),
            keeps: [("docs/settings.md", "name")]),
        RegressionCase(
            name: "two hunks that need each other", project: project,
            steps: among(
                .culprit([
                    .replace("src/time.js", "return seconds;\n}", "return [seconds];\n}"),
                    .replace(
                        "src/schedule.js", "begin += parse(settings.duration);",
                        "begin += parse(settings.duration)[1];"),
                    .replace("src/queue.js", "// Jobs by priority;", "// Jobs by their priority;"),
                ])),
            causes: [
                .init(path: "src/schedule.js", line: "[1]"),
                .init(path: "src/time.js", line: "[seconds]"),
            ],
            keeps: [("src/queue.js", "by their priority")]),
        RegressionCase(
            name: "inside a merged branch", project: project,
            steps: [
                .branch("feature"), .change([.write("f.txt", "1\n")]),
                .culprit([
                    .replace("src/time.js", "Math.floor(seconds", "Math.ceil(seconds"),
                    .write("src/index.js", "module.exports = require('./schedule');\n"),
                ]),
                .main, .change([.write("m.txt", "1\n")]), .merge("feature"),
                .change([.write("m.txt", "2\n")]),
            ],
            causes: [.init(path: "src/time.js", line: "Math.ceil")],
            keeps: [("src/index.js", "schedule")]),
        RegressionCase(
            name: "a rename that missed a call", project: project,
            steps: among(
                .culprit([
                    .replace(
                        "src/time.js", "function format(seconds) {",
                        "function formatSeconds(seconds) {"),
                    .replace("src/time.js", "{ parse, format }", "{ parse, formatSeconds }"),
                    .replace("test/time.test.js", "{ format, parse }", "{ formatSeconds, parse }"),
                    .replace("test/time.test.js", "format(3725)", "formatSeconds(3725)"),
                ])),
            causes: [.init(path: "src/time.js", line: "formatSeconds")],
            ending: .repaired(["rename"]), keeps: [("src/schedule.js", "formatSeconds(begin)")],
            heldOut: [
                "held/out.js":
                    "const assert = require('node:assert');\nconst { schedule } = require('../src/schedule');\nassert.deepStrictEqual(schedule(['x', 'y', 'z']), ['0s x', '1m30s y', '3m z']);\n"
            ]),
        RegressionCase(
            name: "failures that were there before",
            project: {
                var changed = Self.project
                changed.files["test/old.test.js"] =
                    "const test = require('node:test');\nconst assert = require('node:assert');\n\ntest('old', () => {\n  assert.strictEqual(1, 2);\n});\n"
                return changed
            }(),
            steps: among(
                .culprit([
                    .replace(
                        "src/queue.js", "this.jobs.length >= this.limit",
                        "this.jobs.length > this.limit"),
                    .replace("src/time.js", "'1h30m' as seconds", "'1h30m' as 5400 seconds"),
                ])),
            causes: [.init(path: "src/queue.js", line: "> this.limit")],
            keeps: [("src/time.js", "5400")]),
        RegressionCase(
            name: "a suite that depends on chance",
            project: {
                var changed = Self.project
                changed.files["test/flaky.test.js"] =
                    "const test = require('node:test');\nconst assert = require('node:assert');\n\ntest('chance', () => {\n  assert.ok(process.pid % 2 === 0 && Math.random() < 0.7);\n});\n"
                return changed
            }(),
            steps: among(.change([.write("y.txt", "y\n")])), triage: .flaky, ending: .leftAlone),
    ]
}
