internal import RunModel
internal import SourceSyntax

/// Tests renamed or moved out of collection.
struct TestUndiscovered: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-undiscovered", category: .tests, severity: .high, action: .block,
        title: "Test hidden from the runner",
        rationale: """
            A test under a name or a path that no runner collects is as good as deleted, and looks untouched.
            """,
        remedy: "Give it back the name, annotation or path by which runners find it.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .undiscovered:
            return TestObjection(
                message:
                    "test `\(change.base?.identifier ?? "")` is no longer found by its runner: \(change.after)"
            )
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "renamed with an underscore", in: ExampleTests.pythonPath, ExampleTests.python,
                ("def test_adds", "def _test_adds")),
            .violating(
                "the annotation goes", in: ExampleTests.javaPath, ExampleTests.java,
                ("  @Test\n  void adds", "  void adds")),
            .violating(
                "the attribute goes", in: ExampleTests.rustPath, ExampleTests.rust,
                ("    #[test]\n", "")),
            .violating(
                "lower case", in: ExampleTests.goPath, ExampleTests.go,
                ("func TestAdds", "func testAdds")),
            .violating(
                "the file moves to where nothing is collected",
                base: [ExampleTests.pythonPath: ExampleFile(stringLiteral: ExampleTests.python)],
                head: ["tests/calc_checks.py": ExampleFile(stringLiteral: ExampleTests.python)]),
            .clean(
                "another name that is found", in: ExampleTests.pythonPath, ExampleTests.python,
                ("def test_adds", "def test_adds_numbers")),
        ]
    }
}
