internal import RunModel
internal import SourceSyntax

/// Tests marked to run alone.
struct TestFocused: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-focused", category: .tests, severity: .high, action: .block,
        title: "Run limited to some tests",
        rationale: """
            With one focused test the others are silently left out.
            """,
        remedy: "Take the focus away before the change is committed.",
        languages: TestLanguages.all)

    let patterns = [
        ContentPattern(
            "^[ \\t]*#[ \\t]*bats[ \\t]+(test|file)_tags[ \\t]*=[^\\n]*bats:focus", files: .shell)
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        reportTests(change, into: &findings)
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), "only tests with this tag would run")
        }
    }

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .focused:
            return TestObjection(
                message: "only `\(change.head?.identifier ?? "")` would run: \(change.after)",
                evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "`it.only`", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("it(\"adds\"", "it.only(\"adds\"")),
            .violating(
                "`describe.only`", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("describe(\"calc\"", "describe.only(\"calc\"")),
            .violating(
                "`fit` in RSpec",
                base: [
                    "spec/calc_spec.rb":
                        "describe Calc do\n  it(\"adds\") { expect(add).to eq 1 }\nend\n"
                ],
                head: [
                    "spec/calc_spec.rb":
                        "describe Calc do\n  fit(\"adds\") { expect(add).to eq 1 }\nend\n"
                ]),
            .violating(
                "`FIt` in Ginkgo",
                base: [
                    "calc_test.go":
                        "package a\n\nvar _ = It(\"adds\", func() { Expect(add()).To(Equal(1)) })\n"
                ],
                head: [
                    "calc_test.go":
                        "package a\n\nvar _ = FIt(\"adds\", func() { Expect(add()).To(Equal(1)) })\n"
                ]),
            .clean(
                "the title changes", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("\"adds\"", "\"adds only numbers\"")),
        ]
    }
}
