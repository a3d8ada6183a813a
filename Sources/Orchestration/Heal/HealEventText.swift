internal import Repair
internal import RunModel

extension HealEvent {
    /// One line for people who watch; `nil` for what only the log needs.
    package var summary: String? {
        switch self {
        case .begun: "begun"
        case .detected(let detection): "red: \(detection.tests.count) failing tests"
        case .triaged(let report):
            "triage: \(report.class.rawValue)"
                + (report.culprit?.commit.map { ", culprit \($0.prefix(12))" } ?? "")
                + (report.causalHunks.isEmpty
                    ? "" : ", \(report.causalHunks.count) causal hunks")
        case .proposed(let proposal, _): "\(proposal.fixer) proposes \(proposal.tree.prefix(12))"
        case .declined(let fixer, let reason, _): "\(fixer): \(reason.prefix(120))"
        case .admitted(let number): "attempt \(number)"
        case .refused(let reason): "refused: \(reason)"
        case .gated(let report): "guardrails: \(report.verdict.rawValue)"
        case .reviewed(let answer): "review: \(answer.isAccepted ? "accepted" : "rejected")"
        case .verified(let report): "verification: \(report.verdict.rawValue)"
        case .approvalRequested(let id, _): "waits for approval \(id)"
        case .approvalDecided(_, let isApproved, let person):
            "\(isApproved ? "approved" : "rejected") by \(person)"
        case .baseMoved: "the branch has moved: verifying again"
        case .published(let reference): "pull request \(reference.url)"
        case .escalated(let report): "escalated: \(report)"
        case .failed(let phase, let reason): "\(phase) failed: \(reason.prefix(200))"
        case .notified: nil
        case .commanded(let verb, let person, _): "\(verb), says \(person)"
        case .recheckedAfterMerge(let isGreen, _): isGreen ? "closed: merged and green" : "reopened"
        }
    }
}
