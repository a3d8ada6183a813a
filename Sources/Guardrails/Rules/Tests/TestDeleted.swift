internal import RunModel
internal import SourceSyntax

/// Tests that are in the base and nowhere in the head.
struct TestDeleted: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-deleted", category: .tests, severity: .high, action: .block,
        title: "Test deleted",
        rationale: """
            A test that is gone cannot fail. Moves, renames and rows of a parametrised test are followed across \
            files, and a test that goes together with the code it names is only pointed out for review.
            """,
        remedy:
            "Keep the test, or move it; when the behaviour is dropped on purpose, delete its code in the same change.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .deleted:
            return TestObjection(
                message: change.after.isEmpty
                    ? "test `\(change.before)` is deleted"
                    : "test `\(change.before)` is deleted; `\(change.after)`, which it tested too, is still there and now untested"
            )
        case .deletedWithSubject:
            return TestObjection(
                message:
                    "test `\(change.before)` is deleted together with code of `\(change.after)`",
                certainty: .possible)
        case .replacedByRows:
            return TestObjection(
                message:
                    "test `\(change.before)` is deleted; rows of `\(change.after)` may stand for it",
                certainty: .possible)
        default: return nil
        }
    }

    func objection(to words: WordComparison) -> TestObjection? {
        guard words.isDeleted, words.testsRemoved > 0 else { return nil }
        return TestObjection(message: "a test file is deleted")
    }

    var examples: [RuleExample] {
        [
            .violating(
                "one of two tests goes", in: ExampleTests.pythonPath, ExampleTests.python,
                (
                    "def test_adds():\n    total = calc.add(1, 2)\n    assert total == 3\n    assert calc.name(total) == \"three\"\n",
                    ""
                )),
            .violating(
                "a test becomes a comment", in: ExampleTests.javaScriptPath,
                ExampleTests.javaScript,
                (
                    "  it(\"adds\", () => {\n    expect(add(1, 2)).toBe(3);\n    expect(name(3)).toEqual(\"three\");\n  });\n",
                    "  // it(\"adds\")\n"
                )),
            .violating(
                "a test method goes", in: ExampleTests.javaPath, ExampleTests.java,
                (
                    "  @Test\n  void adds() {\n    assertEquals(3, calc.add(1, 2));\n    assertThat(calc.name(3)).isEqualTo(\"three\");\n  }\n",
                    ""
                )),
            .violating(
                "a whole test file goes",
                base: [ExampleTests.goPath: ExampleFile(stringLiteral: ExampleTests.go)]),
            .violating(
                "a test file in a language without a grammar goes",
                base: ["test/calc_test.exs": "test \"adds\" do\n  assert add(1, 2) == 3\nend\n"]),
            .violating(
                "a test goes with one of its two subjects",
                base: [
                    "calc.py":
                        "def adds(a):\n    return a\n\n\ndef doubles(a):\n    return 2 * a\n",
                    "tests/test_calc.py":
                        "def test_both():\n    assert adds(1) == 1\n    assert doubles(1) == 2\n",
                ],
                head: [
                    "calc.py": "def adds(a):\n    return a\n",
                    "tests/test_calc.py": "import calc\n",
                ]),
            .clean(
                "a test moves to another file",
                base: [ExampleTests.pythonPath: ExampleFile(stringLiteral: ExampleTests.python)],
                head: ["tests/unit/test_calc.py": ExampleFile(stringLiteral: ExampleTests.python)]),
            .clean(
                "a test is renamed", in: ExampleTests.goPath, ExampleTests.go,
                ("TestAdds", "TestAddsNumbers")),
            .clean(
                "three tests become rows of one",
                base: [
                    "tests/test_rows.py": """
                    def test_one():
                        assert add(1, 2) == 3


                    def test_two():
                        assert add(2, 2) == 4

                    """
                ],
                head: [
                    "tests/test_rows.py": """
                    @pytest.mark.parametrize("a, b, c", [(1, 2, 3), (2, 2, 4)])
                    def test_add(a, b, c):
                        assert add(a, b) == c

                    """
                ]),
        ]
    }
}
