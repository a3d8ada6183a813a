internal import RunModel
internal import SourceSyntax

/// Tests that lost their body.
struct TestEmptied: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-emptied", category: .tests, severity: .high, action: .block,
        title: "Test emptied",
        rationale: """
            The name of the test stays in every report, and it passes whatever the code does.
            """,
        remedy: "Put the body back.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .emptied:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` lost its body: \(change.before) before"
            )
        case .emptiedWithoutAssertions:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` lost its body, which asserted nothing",
                certainty: .possible)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "only `pass` is left", in: ExampleTests.pythonPath, ExampleTests.python,
                (
                    "    total = calc.add(1, 2)\n    assert total == 3\n    assert calc.name(total) == \"three\"\n",
                    "    pass\n"
                )),
            .violating(
                "an empty function is left", in: ExampleTests.javaScriptPath,
                ExampleTests.javaScript,
                ("    expect(add(1, 2)).toBe(3);\n    expect(name(3)).toEqual(\"three\");\n", "")),
            .violating(
                "an empty method is left", in: ExampleTests.javaPath, ExampleTests.java,
                (
                    "    assertEquals(3, calc.add(1, 2));\n    assertThat(calc.name(3)).isEqualTo(\"three\");\n",
                    ""
                )),
            .clean(
                "the body is formatted", in: ExampleTests.pythonPath, ExampleTests.python,
                ("    total = calc.add(1, 2)\n", "    total = calc.add(\n        1, 2\n    )\n")),
        ]
    }
}
