internal import Repair
internal import RunModel

/// How long each phase of an incident may take, within what is left of its wall time; `nil` is the
/// default, a share of the whole for what runs the project's tests.
package struct PhaseLimits: Codable, Sendable, Equatable {
    package var triage: Double?
    /// Of each fixer.
    package var propose: Double?
    package var gate: Double?
    package var review: Double?
    package var verify: Double?
    package var publish: Double?

    package init() {}

    /// Time for telling a human, budgets apart.
    static let endingMilliseconds = 120_000.0
    /// Where no wall time is set.
    static let unboundedMilliseconds = 3_600_000.0

    /// - Parameter wall: the incident's whole wall time.
    func milliseconds(for action: HealAction, wall: Double) -> Double {
        switch action {
        case .triage: triage ?? wall * 0.6
        case .propose: propose ?? wall * 0.7
        case .gate: gate ?? 300_000
        case .review: review ?? 600_000
        case .verify: verify ?? wall * 0.8
        case .publish: publish ?? 300_000
        case .escalate, .notify, .requestApproval: Self.endingMilliseconds
        case .detect, .admit, .awaitApproval, .finish: 60_000
        }
    }
}

extension HealAction {
    /// What a phase that had not ended in time comes to: another fixer may be quicker, for the rest
    /// a human is asked.
    func overdue(_ limit: TimeLimitReached) -> HealEvent {
        if case .propose(let fixer) = self {
            return .declined(
                fixer: fixer, reason: "\(limit): that is a fixer's time (heal.phases.propose)")
        }
        return .failed(
            phase: name, reason: "\(limit): that is this phase's time (heal.phases)")
    }
}
