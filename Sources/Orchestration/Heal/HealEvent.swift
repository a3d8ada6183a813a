package import Repair
package import RunModel

/// Everything that can happen to an incident. Appended before anything follows from it.
package enum HealEvent: Codable, Sendable, Equatable {
    case begun(HealRequest)
    case detected(Detection)
    case triaged(TriageReport)
    /// `patch` identifies the change whatever its base: a digest of its normalised difference.
    case proposed(Proposal, patch: String)
    /// `isUnavailable`: something that it needs could not be had, which can be mended.
    case declined(fixer: String, reason: String, isUnavailable: Bool? = nil)
    case admitted(attempt: Int)
    /// A breaker, a limit or a budget stands against another attempt.
    case refused(reason: String)
    case gated(GateReport)
    case reviewed(ReviewAnswer)
    case verified(VerificationReport)
    /// `failures`: who could not be told that a decision is waited for, and why.
    case approvalRequested(id: String, failures: [String]? = nil)
    case approvalDecided(tree: String, isApproved: Bool, by: String)
    /// The target branch is no longer where the change was verified.
    case baseMoved(bad: String, badTree: String)
    case published(PullRequestReference)
    case escalated(report: String)
    case notified(failures: [String])
    /// Something that Drydock itself needs could not be had.
    case failed(phase: String, reason: String)
    /// What a merged pull request did: the same tests, run again on the branch.
    case recheckedAfterMerge(isGreen: Bool, commit: String)
    /// A person with write access said so at the forge.
    case commanded(verb: String, by: String, comment: String)

    /// The name under which it is recorded.
    package var kind: String {
        switch self {
        case .begun: "incident.begun"
        case .detected: "incident.detected"
        case .triaged: "incident.triaged"
        case .proposed: "attempt.proposed"
        case .declined: "fixer.declined"
        case .admitted: "attempt.admitted"
        case .refused: "attempt.refused"
        case .gated: "attempt.gated"
        case .reviewed: "attempt.reviewed"
        case .verified: "attempt.verified"
        case .approvalRequested: "approval.requested"
        case .approvalDecided: "approval.decided"
        case .baseMoved: "incident.base_moved"
        case .published: "pull_request.opened"
        case .escalated: "incident.escalated"
        case .notified: "incident.notified"
        case .failed: "incident.failed"
        case .recheckedAfterMerge: "incident.rechecked"
        case .commanded: "incident.commanded"
        }
    }
}

/// The form in which an event is stored.
struct HealEventEnvelope: Codable {
    static let currentVersion = 1

    var version: Int
    var event: HealEvent
}

/// What the coordinator must do next. There is never more than one: whatever it comes to is an
/// event, and a process that was killed does the same action again.
package enum HealAction: Sendable, Equatable {
    case detect
    case triage
    case propose(fixer: String)
    case admit(attempt: Int)
    case gate(Proposal)
    case review(Proposal)
    case verify(Proposal)
    case requestApproval(Proposal, reasons: [String])
    /// Nothing to do until a human has decided.
    case awaitApproval(id: String)
    case publish(Proposal)
    case escalate(reason: String)
    case notify
    case finish(HealOutcome)
}
