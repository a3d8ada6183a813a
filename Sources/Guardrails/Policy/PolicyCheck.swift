/// Runs the examples of a rule.
package enum PolicyCheck {
    /// What came of one example.
    package struct Outcome: Sendable {
        package var example: RuleExample
        package var findingCount: Int

        package var holds: Bool {
            (findingCount > 0) == (example.expectation == .violating)
        }

        package var explanation: String {
            let expected = example.expectation == .violating ? "a finding" : "no finding"
            return "example \"\(example.summary)\": expected \(expected), got \(findingCount)"
        }
    }

    package static func outcomes(of rule: any Rule) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for example in rule.examples {
            let findings = try await ExampleJudge.findings(of: rule, in: example)
            outcomes.append(Outcome(example: example, findingCount: findings.count))
        }
        return outcomes
    }
}
