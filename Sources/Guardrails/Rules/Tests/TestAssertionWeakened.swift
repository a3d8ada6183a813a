internal import RunModel
internal import SourceSyntax

/// Assertions that demand less than before.
struct TestAssertionWeakened: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-assertion-weakened", category: .tests, severity: .high, action: .block,
        title: "Assertion weakened",
        rationale: """
            The assertion is still there, and more wrong answers pass it: an exact value became a type or a truth \
            value, the comparison was turned round, the tolerance grew.
            """,
        remedy:
            "Demand what was demanded before; when the behaviour changed on purpose, demand the new value exactly.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .weakened:
            return TestObjection(
                message: "weaker assertion: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        case .flipped:
            return TestObjection(
                message: "the opposite is asserted: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        case .toleranceWidened:
            return TestObjection(
                message: "wider tolerance: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        case .replacedByWeaker:
            return TestObjection(
                message:
                    "a weaker assertion on something else: `\(change.before)` gave way to `\(change.after)`",
                evidence: change.after, certainty: .possible)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a value becomes a truth value", in: ExampleTests.pythonPath, ExampleTests.python,
                ("assert total == 3", "assert total")),
            .violating(
                "a value becomes a truth value", in: ExampleTests.javaScriptPath,
                ExampleTests.javaScript,
                (".toBe(3)", ".toBeTruthy()")),
            .violating(
                "a value becomes not empty", in: ExampleTests.goPath, ExampleTests.go,
                ("assert.Equal(t, \"three\", Name(3))", "assert.NotEmpty(t, Name(3))")),
            .violating(
                "the comparison is turned round", in: ExampleTests.rustPath, ExampleTests.rust,
                ("assert_eq!(add", "assert_ne!(add")),
            .violating(
                "the tolerance grows", in: ExampleTests.javaPath, ExampleTests.java,
                ("0.01", "5.0")),
            .violating(
                "fewer digits", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("(2.0, 5)", "(2.0, 0)")),
            .clean(
                "the tolerance shrinks", in: ExampleTests.pythonPath, ExampleTests.python,
                ("abs=0.01", "abs=0.001")),
            .clean(
                "another way to say the same", in: ExampleTests.pythonPath, ExampleTests.python,
                ("assert total == 3", "assert 3 == total")),
        ]
    }
}
