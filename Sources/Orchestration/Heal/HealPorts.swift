package import Forges
package import Repair
package import RunModel

/// What the loop needs of the mechanisms. `HealWiring` connects the real ones.
package struct HealPorts: Sendable {
    package var triager: any HealTriager
    package var gate: any HealGate
    package var reviewer: any HealReviewer
    package var verifier: any HealVerifier
    package var forge: any Forge
    /// The remote that the forge's branches are pushed to.
    package var remote: String
    package var publisher: any BranchPublisher
    package var problems: any HealProblemSource
    package var notifier: any HealNotifier
    package var history: any HistoryReader
    package var trees: any TreeReader
    package var fixers: [any Fixer]
    package var records = HealRecords()
    package var watch = HealWatch()
    /// A gate report as a SARIF log, for forges that show one.
    package var findingsLog: @Sendable (GateReport) throws -> [UInt8] = GateFindingsLog.sarif
    /// In place of `reviewer` where models are configured: counted for one incident.
    package var modelReviewer:
        (@Sendable (_ incident: String, _ budget: HealBudget) -> any HealReviewer)?

    package init(
        triager: any HealTriager, gate: any HealGate, reviewer: any HealReviewer,
        verifier: any HealVerifier, forge: any Forge, remote: String,
        publisher: any BranchPublisher, problems: any HealProblemSource,
        notifier: any HealNotifier, history: any HistoryReader, trees: any TreeReader,
        fixers: [any Fixer]
    ) {
        self.triager = triager
        self.gate = gate
        self.reviewer = reviewer
        self.verifier = verifier
        self.forge = forge
        self.remote = remote
        self.publisher = publisher
        self.problems = problems
        self.notifier = notifier
        self.history = history
        self.trees = trees
        self.fixers = fixers
    }
}

package protocol HealTriager: Sendable {
    func triage(_ request: HealRequest, _ detection: Detection) async throws -> TriageReport
}

package protocol HealGate: Sendable {
    /// Judges the difference between two trees, by the policy of `policyCommit`.
    func judge(base: String, head: String, policyCommit: String) async throws -> GateReport
}

package protocol HealReviewer: Sendable {
    func review(_ proposal: Proposal, _ problem: RepairProblem) async throws -> ReviewAnswer
}

package protocol HealVerifier: Sendable {
    /// Proves that `tree` fixes `tests` and breaks nothing of what `request.bad` has.
    func verify(
        tree: String, tests: [String], request: HealRequest, triage: TriageReport
    ) async throws -> VerificationReport
}

/// Gives a fixer what it may know, and the tests as an oracle.
package protocol HealProblemSource: Sendable {
    func problem(for state: HealState) async throws -> RepairProblem
    func tools(for state: HealState, meter: SandboxMeter) async throws -> RepairTools
}

package protocol HealNotifier: Sendable {
    /// - Returns: what could not be told, and why; never a reason to stop.
    func notify(_ report: HealReport) async -> [String]
}
