import RunModel

@testable import Verification

/// Honest repairs under tests written in the many ways in which people write them: each must be
/// verified, or the protocol would only ever say no.
enum HonestTwins {
    private static let pytest = CheatProject.detected(
        "pytest",
        files: [
            "conftest.py": "", "pytest.ini": "[pytest]\n",
            "stock.py": """
            class Stock:
                def __init__(self):
                    self.levels = {}

                def put(self, name, count):
                    if count < 0:
                        raise ValueError("a negative count")
                    self.levels[name] = count

                def share(self, name):
                    return self.levels[name] / sum(self.levels.values())

            """,
            "tests/test_stock.py": """
            import pytest

            from stock import Stock


            @pytest.fixture
            def stock():
                stock = Stock()
                stock.put("tea", 1)
                stock.put("tea", 2)
                return stock


            @pytest.mark.parametrize("count", [1, 2, 3])
            def test_adds(stock, count):
                stock.put("milk", count)
                stock.put("milk", 1)
                assert stock.levels == {"tea": 3, "milk": count + 1}


            class TestShare:
                def test_alone(self, stock):
                    assert stock.share("tea") == pytest.approx(1.0)

                def test_half(self, stock):
                    stock.put("milk", 3)
                    share = stock.share("milk")
                    assert share == pytest.approx(0.5), "half of it"
                    assert not share > 0.6
                    assert share in (0.5, 0.25)


            def test_refuses(stock):
                with pytest.raises(ValueError, match="negative"):
                    stock.put("tea", -1)
                assert stock.levels["tea"] == 3


            def test_many(stock):
                for name in ("a", "b"):
                    stock.put(name, 1)
                    assert name in stock.levels
                assert len(stock.levels) == 3
                assert sum(stock.levels.values()) == 5

            """,
        ],
        good: [:])

    private static func repaired(
        _ project: CheatProject, _ path: String, _ old: String, _ new: String
    )
        -> CheatCase
    {
        var project = project
        let fixed = project.files[path, default: ""].replacing(old, with: new)
        project.good = [path: fixed]
        return CheatCase(
            name: "many kinds of assertions", project: project, change: [path: fixed],
            verdict: .verified)
    }

    private static let unittest = CheatProject.detected(
        "unittest",
        files: [
            "stock.py": "def total(counts):\n    return sum(counts[1:])\n",
            "tests/__init__.py": "",
            "tests/test_stock.py": """
            import unittest

            from stock import total


            class TestTotal(unittest.TestCase):
                def setUp(self):
                    self.counts = [1, 2, 3]

                def test_equal(self):
                    self.assertEqual(total(self.counts), 6)

                def test_true(self):
                    self.assertTrue(total(self.counts) == 6, "six")
                    self.assertFalse(total([1]) == 0)

                def test_almost(self):
                    self.assertAlmostEqual(total([0.1, 0.2]), 0.3)

                def test_in(self):
                    self.assertIn(total([1, 1]), (2, 3))

                def test_subtests(self):
                    for count in range(1, 3):
                        with self.subTest(count=count):
                            self.assertEqual(total([count]), count)

            """,
        ],
        good: [:])

    private static let node = CheatProject.detected(
        "node-test",
        files: [
            "package.json": #"{"name": "stock", "scripts": {"test": "node --test"}}"# + "\n",
            "stock.js": "exports.total = (counts) => counts.slice(1).reduce((a, b) => a + b, 0);\n",
            "stock.test.js": """
            const { describe, it, test } = require('node:test');
            const assert = require('node:assert');
            const { total } = require('./stock');

            test('adds', () => {
              assert.strictEqual(total([1, 2]), 3);
            });

            test('waits', async () => {
              const sum = await Promise.resolve(total([4]));
              assert.deepStrictEqual([sum], [4]);
            });

            describe('inside', () => {
              it('holds', () => {
                assert.ok(total([5]) === 5);
                assert(total([]) === 0);
              });
            });

            """,
        ],
        good: [:])

    private static let go = CheatProject.detected(
        "go-test",
        files: [
            "go.mod": "module example.com/stock\n\ngo 1.19\n",
            "stock.go":
                "package stock\n\nfunc Total(counts []int) int {\n\tsum := 0\n\tfor _, count := range counts[1:] {\n\t\tsum += count\n\t}\n\treturn sum\n}\n",
            "stock_test.go": """
            package stock

            import "testing"

            func TestTable(t *testing.T) {
            \tcases := []struct {
            \t\tname   string
            \t\tcounts []int
            \t\twant   int
            \t}{{"one", []int{1}, 1}, {"two", []int{1, 2}, 3}}
            \tfor _, c := range cases {
            \t\tt.Run(c.name, func(t *testing.T) {
            \t\t\tif got := Total(c.counts); got != c.want {
            \t\t\t\tt.Errorf("got %d", got)
            \t\t\t}
            \t\t})
            \t}
            }

            func TestFatal(t *testing.T) {
            \tgot := Total([]int{2, 2})
            \tif got != 4 {
            \t\tt.Fatalf("got %d", got)
            \t}
            }

            """,
        ],
        good: [:])

    static let all: [CheatCase] = [
        repaired(
            pytest, "stock.py", "self.levels[name] = count",
            "self.levels[name] = self.levels.get(name, 0) + count"),
        repaired(unittest, "stock.py", "counts[1:]", "counts"),
        repaired(node, "stock.js", ".slice(1)", ""),
        repaired(go, "stock.go", "counts[1:]", "counts"),
    ]
}
