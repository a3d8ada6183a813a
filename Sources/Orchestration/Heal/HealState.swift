package import Repair
package import RunModel

/// Where an incident stands. Computed from its events and from nothing else.
package struct HealState: Codable, Sendable, Equatable {
    package enum Phase: String, Codable, Sendable, CaseIterable {
        case detecting, triaging, proposing, admitting, gating, reviewing, verifying
        case requestingApproval = "requesting_approval"
        case awaitingApproval = "awaiting_approval"
        case publishing, escalating, notifying, finished
    }

    package var request: HealRequest
    package var phase = Phase.detecting
    package var detection: Detection?
    package var triage: TriageReport?
    /// Which of the request's fixers is asked next.
    package var fixerIndex = 0
    /// The tree that the next proposal is made on: bad, or the best that an attempt came to.
    package var workingTree: String
    /// The proposal under way.
    package var proposal: Proposal?
    package var patch: String?
    /// What became of the proposals so far; the last one is under way from its admission on.
    package var attempts: [HealReport.Attempt] = []
    package var tried: [TriedProposal] = []
    /// Normalised differences that were tried, whatever their base.
    package var triedPatches: Set<String> = []
    /// What the fixers that had nothing to propose said.
    package var declined: [TriedProposal] = []
    /// The evidence of the attempt under way.
    package var gate: GateReport?
    package var review: ReviewAnswer?
    package var verification: VerificationReport?
    package var approvalID: String?
    package var escalationReason: String?
    package var escalationReport: String?
    package var pullRequest: PullRequestReference?
    package var outcome: HealOutcome?
    /// Attempts that moved away from the goal.
    package var driftAlarms: [String] = []
    package var isClosed = false
    /// Whether a human said that nothing more is to be tried.
    package var isStopped = false
    /// Comments whose command was obeyed.
    package var obeyedComments: Set<String> = []
    /// Whether Drydock itself failed, and not the repair: then another try is no repetition.
    package var isBroken = false

    package init(request: HealRequest) {
        self.request = request
        workingTree = request.badTree
    }

    /// Tests that the loop is about: the regressed ones.
    package var failingTests: [String] {
        let regressed = (triage?.tests ?? []).filter {
            $0.class == .regression || $0.class == .dependencyDrift
        }.map(\.id)
        return regressed.isEmpty ? detection?.tests ?? [] : regressed
    }

    /// What distinguishes the culprit for the circuit breaker.
    package var culprit: String { triage?.culprit?.commit ?? triage?.class.rawValue ?? "" }

    package var nextFixer: String? {
        fixerIndex < request.fixers.count ? request.fixers[fixerIndex] : nil
    }

    /// What a human must decide before the verified change may leave.
    package var approvalReasons: [String] {
        var reasons = review?.sensitive ?? []
        if let gate, gate.verdict == .review {
            reasons += gate.findings.filter { $0.action == .review }
                .map { "\($0.rule): \($0.message)" }
            if reasons.isEmpty { reasons.append("the gate asks for a review") }
        }
        reasons += (proposal?.newDependencies ?? []).map { "adds the dependency \($0)" }
        return reasons
    }
}
