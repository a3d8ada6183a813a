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

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        reportTests(change, into: &findings)
        let analysis = TestAnalysis.of(change)
        for file in change.files {
            guard let path = file.new?.path, let base = file.base.text, let head = file.head.text,
                let census = analysis.censuses[TestAnalysis.Side(side: .head, path: path)]
            else { continue }
            for hunk in file.hunks where !hunk.base.isEmpty && hunk.base.count <= Self.linesMax {
                let computed = Set(
                    hunk.base.compactMap { Assignment(base.string(ofLine: $0)) }
                        .filter { $0.value.contains("(") }.map(\.name))
                guard !computed.isEmpty else { continue }
                for line in hunk.head.prefix(Self.linesMax) {
                    guard let assignment = Assignment(head.string(ofLine: line)),
                        assignment.isLiteral, computed.contains(assignment.name),
                        census.tests.contains(where: { test in
                            line >= test.line && line <= test.endLine
                                && test.assertions.contains { $0.subject == assignment.name }
                        })
                    else { continue }
                    findings.add(
                        file, at: .line(line, .head),
                        "`\(assignment.name)`, which the test asserts, is no longer computed")
                }
            }
        }
    }

    private static let linesMax = 200

    /// `name = value`, with whatever a language puts before it.
    private struct Assignment {
        var name: String
        var value: Substring

        init?(_ line: String) {
            let parts = line.prefix(300).split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let before = parts[0].split(separator: " ").last else {
                return nil
            }
            let name = before.filter { $0 != ":" }
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
                return nil
            }
            self.name = String(name)
            value = parts[1].drop { $0 == " " }
            while let last = value.last, " ;\t".contains(last) { value = value.dropLast() }
        }

        var isLiteral: Bool {
            guard let first = value.first else { return false }
            if "\"'".contains(first) { return value.count > 1 && value.last == first }
            return value.allSatisfy { $0.isNumber || ".-_".contains($0) }
                || ["true", "false", "True", "False", "null", "None", "nil"].contains(value)
        }
    }

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
