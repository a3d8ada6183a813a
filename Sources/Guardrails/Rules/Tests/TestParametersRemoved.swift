internal import RunModel
internal import SourceSyntax

/// Parametrised tests with fewer rows.
struct TestParametersRemoved: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-parameters-removed", category: .tests, severity: .high, action: .block,
        title: "Parameter rows removed",
        rationale: """
            Each row is a test of its own: taking out the one that fails is deleting a test.
            """,
        remedy: "Keep the row.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .parametersRemoved:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` has fewer cases: \(change.before) became \(change.after)",
                evidence: "\(change.before) > \(change.after)")
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a row of pytest's table goes",
                base: [
                    "tests/test_a.py":
                        "@pytest.mark.parametrize(\"a\", [1, 2, 3])\ndef test_a(a):\n    assert f(a) == a\n"
                ],
                head: [
                    "tests/test_a.py":
                        "@pytest.mark.parametrize(\"a\", [1, 3])\ndef test_a(a):\n    assert f(a) == a\n"
                ]),
            .violating(
                "a row of jest's table goes",
                base: [
                    "a.test.ts":
                        "it.each([[1, 2], [2, 3]])(\"adds %d\", (a, b) => {\n  expect(f(a)).toBe(b);\n});\n"
                ],
                head: [
                    "a.test.ts":
                        "it.each([[1, 2]])(\"adds %d\", (a, b) => {\n  expect(f(a)).toBe(b);\n});\n"
                ]),
            .violating(
                "an inline row of xUnit goes",
                base: [
                    "ATests.cs":
                        "class ATests {\n  [Theory]\n  [InlineData(1)]\n  [InlineData(2)]\n  public void A(int a) { Assert.Equal(a, F(a)); }\n}\n"
                ],
                head: [
                    "ATests.cs":
                        "class ATests {\n  [Theory]\n  [InlineData(1)]\n  public void A(int a) { Assert.Equal(a, F(a)); }\n}\n"
                ]),
            .clean(
                "a row is added",
                base: [
                    "tests/test_a.py":
                        "@pytest.mark.parametrize(\"a\", [1, 2])\ndef test_a(a):\n    assert f(a) == a\n"
                ],
                head: [
                    "tests/test_a.py":
                        "@pytest.mark.parametrize(\"a\", [1, 2, 3])\ndef test_a(a):\n    assert f(a) == a\n"
                ]),
        ]
    }
}
