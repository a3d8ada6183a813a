package import RunModel

/// Judges an example with one rule alone; the policy is the one that examples assume.
package enum ExampleJudge {
    package static func findings(
        of rule: any Rule, in example: RuleExample
    ) async throws -> [Finding] {
        var policy = GatePolicy.forExamples
        policy.scope = example.scope.compactMap { PathGlob($0) }
        let gate = Gate(policy: policy, today: "2026-01-01", rules: [rule])
        let report = try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(example))
        return report.findings.filter { $0.rule == rule.metadata.id }
    }
}

extension GatePolicy {
    /// What examples are judged under: every rule on, small bounds, one protected file.
    package static let forExamples = GatePolicy(
        identity: PolicyIdentity(source: "examples", digest: ""),
        protectedPaths: [
            ProtectedPaths(
                globs: ["CODEOWNERS"].compactMap { PathGlob($0) }, action: .review,
                reason: "names who must review")
        ],
        bounds: SizeBounds(files: 5, linesAdded: 100, linesRemoved: 100, bytesAdded: 10_000),
        policyPaths: ["drydock.yaml", ".drydock/**"].compactMap { PathGlob($0) })
}
