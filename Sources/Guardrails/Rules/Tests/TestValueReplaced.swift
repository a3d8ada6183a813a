internal import RunModel
internal import SourceSyntax

/// Assertions that demand another value.
struct TestValueReplaced: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-value-replaced", category: .tests, severity: .medium, action: .review,
        title: "Expected value replaced",
        rationale: """
            When the expected value follows the code, a bug becomes the specification. By structure alone this \
            looks like an intended change of behaviour, so a human compares.
            """,
        remedy: "Say in the description why the new value is the right one.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .valueReplaced:
            return TestObjection(
                message: "another value is expected: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a number", in: ExampleTests.pythonPath, ExampleTests.python,
                ("total == 3", "total == 4")),
            .violating(
                "a text", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("\"three\"", "\"tree\"")),
            .violating(
                "a number in a check", in: ExampleTests.goPath, ExampleTests.go,
                ("got != 3", "got != 4")),
            .violating(
                "a number in a macro", in: ExampleTests.rustPath, ExampleTests.rust,
                ("2), 3)", "2), 4)")),
            .clean(
                "the same text with other quotes", in: ExampleTests.pythonPath, ExampleTests.python,
                ("\"three\"", "'three'")),
        ]
    }
}
