internal import RunModel
internal import SourceSyntax

/// Test files that are past what the parser reads.
struct TestUnread: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-unread", category: .tests, severity: .high, action: .block,
        title: "Test file that cannot be read",
        rationale: """
            A test file that nests thousands of levels deep, or is larger than any written by hand, \
            cannot be compared with what it was: anything may have happened in it.
            """,
        remedy: "Keep test code small and its data in files of its own.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? { nil }

    func objection(to words: WordComparison) -> TestObjection? {
        words.isOverBounds ? TestObjection(message: "what changed in this test is unknown") : nil
    }

    var examples: [RuleExample] {
        let deep = String(repeating: "[", count: 3_000) + String(repeating: "]", count: 3_000)
        let test = "def test_adds():\n    assert add(1, 2) == 3\n"
        return [
            .violating(
                "nesting that no parser follows",
                base: ["tests/test_a.py": "def test_adds():\n    assert add(1, 2) == 3\n"],
                head: ["tests/test_a.py": ExampleFile(stringLiteral: "DEEP = \(deep)\n")]),
            .clean(
                "data of ordinary depth",
                base: ["tests/test_a.py": ExampleFile(stringLiteral: test)],
                head: ["tests/test_a.py": ExampleFile(stringLiteral: "DEEP = [[[1]]]\n" + test)]),
        ]
    }
}
