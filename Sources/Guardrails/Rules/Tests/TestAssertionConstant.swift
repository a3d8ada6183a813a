internal import RunModel
internal import SourceSyntax

/// Assertions that cannot fail.
struct TestAssertionConstant: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-assertion-constant", category: .tests, severity: .high, action: .block,
        title: "Assertion on a constant",
        rationale: """
            The outcome of the assertion is fixed before the code under test has run.
            """,
        remedy: "Assert something that the code under test computes.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .madeConstant:
            return TestObjection(
                message: "the assertion cannot fail: `\(change.after)`", evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "`assert True`", in: ExampleTests.pythonPath, ExampleTests.python,
                ("assert total == 3", "assert True")),
            .violating(
                "`or True`", in: ExampleTests.pythonPath, ExampleTests.python,
                ("assert total == 3", "assert total == 3 or True")),
            .violating(
                "a constant is compared with itself", in: ExampleTests.javaScriptPath,
                ExampleTests.javaScript,
                ("expect(add(1, 2)).toBe(3)", "expect(3).toBe(3)")),
            .violating(
                "`assert!(true)`", in: ExampleTests.rustPath, ExampleTests.rust,
                ("assert_eq!(add(1, 2), 3)", "assert!(true)")),
            .violating(
                "`assertTrue(true)`", in: ExampleTests.javaPath, ExampleTests.java,
                ("assertEquals(3, calc.add(1, 2))", "assertTrue(true)")),
            .clean(
                "a variable is compared", in: ExampleTests.pythonPath, ExampleTests.python,
                ("assert total == 3", "result = 3\n    assert total == result")),
        ]
    }
}
