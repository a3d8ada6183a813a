internal import ChangeGate
internal import Guardrails
package import PolicyFiles
package import RunModel

/// The guardrails, with the policy of the commit that is healed: never of the proposal.
package struct ProjectGate: HealGate {
    private let trees: any TreeReader
    private let history: any HistoryReader
    private let section: GateSection?
    private let today: @Sendable () -> String

    /// - Parameters:
    ///   - section: of the configuration of what is healed.
    ///   - today: `YYYY-MM-DD`, against which suppressions expire.
    package init(
        trees: any TreeReader, history: any HistoryReader, section: GateSection?,
        today: @escaping @Sendable () -> String
    ) {
        self.trees = trees
        self.history = history
        self.section = section
        self.today = today
    }

    package func judge(
        base: String, head: String, policyCommit: String
    ) async throws -> GateReport {
        let policyTree = try await history.tree(ofCommit: policyCommit)
        let policy = try await PolicySelection(reader: trees, baseTree: policyTree)
            .policy(of: section)
        return try await Gate(policy: policy, today: today(), cache: .ofUser).judge(
            base: policyCommit, head: nil, baseTree: base, headTree: head, reader: trees)
    }
}
