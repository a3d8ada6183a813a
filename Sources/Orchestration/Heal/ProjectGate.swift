internal import Guardrails
internal import PolicyFiles
package import RunModel

/// The guardrails, with the policy of the commit that is healed: never of the proposal.
package struct ProjectGate: HealGate {
    private let trees: any TreeReader
    private let history: any HistoryReader
    private let policyName: String?
    private let today: @Sendable () -> String

    /// - Parameters:
    ///   - policyName: from the base's configuration; `nil` is the default policy.
    ///   - today: `YYYY-MM-DD`, against which suppressions expire.
    package init(
        trees: any TreeReader, history: any HistoryReader, policyName: String?,
        today: @escaping @Sendable () -> String
    ) {
        self.trees = trees
        self.history = history
        self.policyName = policyName
        self.today = today
    }

    package func judge(
        base: String, head: String, policyCommit: String
    ) async throws -> GateReport {
        let policyTree = try await history.tree(ofCommit: policyCommit)
        let policy = try await PolicySelection(reader: trees, baseTree: policyTree)
            .policy(named: policyName)
        return try await Gate(policy: policy, today: today()).judge(
            base: policyCommit, head: nil, baseTree: base, headTree: head, reader: trees)
    }
}
