internal import RunModel
internal import SourceSyntax

/// Tests with fewer assertions.
struct TestAssertionRemoved: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-assertion-removed", category: .tests, severity: .high, action: .block,
        title: "Assertion removed",
        rationale: """
            A test with fewer assertions notices less. Assertions that moved to another test, a helper or rows of \
            a parametrised test, and assertions that stood there twice, are not counted. One that goes together with \
            the code it names is only pointed out for review.
            """,
        remedy: "Put the assertion back, or replace it by one that demands as much.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .assertionsRemoved:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` no longer asserts `\(change.before)`",
                evidence: change.before)
        case .assertionsRemovedWithSubject:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` no longer asserts `\(change.before)`, which names code that is removed",
                evidence: change.before, certainty: .possible)
        case .helperAssertionsRemoved:
            return TestObjection(
                message: "a helper of the tests no longer asserts `\(change.before)`",
                evidence: change.before, certainty: .possible, line: change.base?.line)
        default: return nil
        }
    }

    func objection(to words: WordComparison) -> TestObjection? {
        guard !words.isDeleted, words.assertionsRemoved > words.assertionsAdded else { return nil }
        return TestObjection(
            message:
                "lines that assert: \(words.assertionsRemoved) removed, \(words.assertionsAdded) added",
            certainty: .possible)
    }

    var examples: [RuleExample] {
        [
            .violating(
                "one of two assertions goes", in: ExampleTests.pythonPath, ExampleTests.python,
                ("    assert calc.name(total) == \"three\"\n", "")),
            .violating(
                "one of two expectations goes", in: ExampleTests.javaScriptPath,
                ExampleTests.javaScript,
                ("    expect(name(3)).toEqual(\"three\");\n", "")),
            .violating(
                "one of two assertions goes", in: ExampleTests.goPath, ExampleTests.go,
                ("\tassert.Equal(t, \"three\", Name(3))\n", "")),
            .violating(
                "one of two assertions goes", in: ExampleTests.rustPath, ExampleTests.rust,
                ("        assert_eq!(name(3), \"three\");\n", "")),
            .clean(
                "the order changes", in: ExampleTests.pythonPath, ExampleTests.python,
                (
                    "    assert total == 3\n    assert calc.name(total) == \"three\"\n",
                    "    assert calc.name(total) == \"three\"\n    assert total == 3\n"
                )),
            .clean(
                "the same assertion stood twice",
                base: [
                    "tests/test_a.py": "def test_a():\n    assert f(1) == 2\n    assert f(1) == 2\n"
                ],
                head: ["tests/test_a.py": "def test_a():\n    assert f(1) == 2\n"]),
        ]
    }
}
