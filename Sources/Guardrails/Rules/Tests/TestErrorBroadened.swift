internal import RunModel
internal import SourceSyntax

/// Tests that accept more errors than before.
struct TestErrorBroadened: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-error-broadened", category: .tests, severity: .high, action: .block,
        title: "Expected error broadened",
        rationale: """
            `Exception` is also what a typing mistake throws: a test that expects it passes for the wrong reason.
            """,
        remedy: "Name the error that the code is meant to throw.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .errorBroadened:
            return TestObjection(
                message: "more errors are accepted: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "any exception", in: ExampleTests.pythonPath, ExampleTests.python,
                ("ZeroDivisionError", "Exception")),
            .violating(
                "any error", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("toThrow(RangeError)", "toThrow()")),
            .violating(
                "any exception", in: ExampleTests.javaPath, ExampleTests.java,
                ("ArithmeticException.class", "Exception.class")),
            .clean(
                "a narrower one", in: ExampleTests.javaPath, ExampleTests.java,
                ("ArithmeticException.class", "DivisionByZeroException.class")),
        ]
    }
}
