internal import Repair
internal import RunModel

/// The loop as a pure function: an event comes in, what to do next comes out.
///
/// detect > triage > propose > admit > gate > review > verify > publish, or escalate. A verdict
/// never flows backwards: a failed attempt is recorded, and the next one begins with it in its
/// history.
package struct HealStateMachine: Sendable, Equatable {
    /// The event does not belong to this phase: two processes, or a damaged log.
    package struct IllegalTransition: Error, Sendable, Equatable, CustomStringConvertible {
        package var phase: HealState.Phase?
        package var event: String

        package var description: String {
            "`\(event)` cannot happen while \(phase?.rawValue ?? "nothing has begun")"
        }
    }

    package private(set) var state: HealState?

    package init() {}

    /// The state that a log leads to.
    package static func replay(_ events: [HealEvent]) throws(IllegalTransition) -> HealStateMachine
    {
        var machine = HealStateMachine()
        for event in events { _ = try machine.apply(event) }
        return machine
    }

    /// Takes an event in.
    ///
    /// - Returns: what to do next; `nil` only before `begun`.
    package mutating func apply(_ event: HealEvent) throws(IllegalTransition) -> HealAction? {
        guard var state else {
            guard case .begun(let request) = event else {
                throw IllegalTransition(phase: nil, event: event.kind)
            }
            self.state = HealState(request: request)
            return nextAction
        }
        try Self.advance(&state, by: event)
        self.state = state
        return nextAction
    }

    /// What has to be done now; the same again after a restart.
    package var nextAction: HealAction? {
        guard let state else { return nil }
        switch (state.phase, state.proposal) {
        case (.detecting, _): return .detect
        case (.triaging, _): return .triage
        case (.proposing, _):
            return state.nextFixer.map(HealAction.propose)
                ?? .escalate(reason: Self.exhausted(state))
        case (.admitting, _): return .admit(attempt: state.attempts.count + 1)
        case (.gating, let proposal?): return .gate(proposal)
        case (.reviewing, let proposal?): return .review(proposal)
        case (.verifying, let proposal?): return .verify(proposal)
        case (.requestingApproval, let proposal?):
            return .requestApproval(proposal, reasons: state.approvalReasons)
        case (.awaitingApproval, _): return .awaitApproval(id: state.approvalID ?? "")
        case (.publishing, let proposal?): return .publish(proposal)
        case (.notifying, _): return .notify
        case (.finished, _): return .finish(state.outcome ?? .escalated)
        // Without a proposal there is nothing to judge: a human gets what is known.
        case (.escalating, _), (.gating, nil), (.reviewing, nil), (.verifying, nil),
            (.requestingApproval, nil), (.publishing, nil):
            return .escalate(reason: state.escalationReason ?? Self.exhausted(state))
        }
    }

    private static func advance(
        _ state: inout HealState, by event: HealEvent
    ) throws(IllegalTransition) {
        switch (state.phase, event) {
        case (.detecting, .detected(let detection)):
            state.detection = detection
            if detection.isRed {
                state.phase = .triaging
            } else {
                finish(&state, .nothingToHeal)
            }
        case (.triaging, .triaged(let report)):
            state.triage = report
            dispatch(&state, report)
        case (.proposing, .declined(let fixer, let reason, let isUnavailable)):
            state.isBroken = state.isBroken || isUnavailable == true
            state.declined.append(TriedProposal(fixer: fixer, tree: "", note: reason))
            state.fixerIndex += 1
        case (.proposing, .proposed(let proposal, let patch)):
            propose(&state, proposal, patch)
        case (.proposing, .escalated(let report)), (.escalating, .escalated(let report)):
            state.escalationReason = state.escalationReason ?? exhausted(state)
            state.escalationReport = report
            state.outcome = .escalated
            state.phase = .notifying
        case (.admitting, .admitted(let number)):
            state.attempts.append(
                HealReport.Attempt(
                    number: number, fixer: state.proposal?.fixer ?? "",
                    tree: state.proposal?.tree, tokens: state.proposal?.spending?.tokens ?? 0,
                    costUSD: state.proposal?.spending?.costUSD ?? 0))
            state.phase = .gating
        case (.proposing, .refused(let reason)), (.admitting, .refused(let reason)):
            escalate(&state, reason)
        case (.gating, .gated(let report)): gate(&state, report)
        case (.reviewing, .reviewed(let answer)): review(&state, answer)
        case (.verifying, .verified(let report)): verify(&state, report)
        case (.requestingApproval, .approvalRequested(let id, _)):
            state.approvalID = id
            state.outcome = .awaitingApproval
            state.phase = .awaitingApproval
        case (.awaitingApproval, .approvalDecided(let tree, let isApproved, let person)):
            decide(&state, tree: tree, isApproved: isApproved, by: person)
        case (.publishing, .baseMoved(let bad, let badTree)):
            rebase(&state, bad: bad, badTree: badTree)
        case (.publishing, .published(let reference)):
            state.pullRequest = reference
            state.outcome = .pullRequest
            state.phase = .notifying
        case (.notifying, .notified): state.phase = .finished
        case (.finished, .commanded(let verb, _, let comment)):
            state.obeyedComments.insert(comment)
            state.isStopped = verb == "stop"
        case (.finished, .recheckedAfterMerge(let isGreen, _)): recheck(&state, isGreen: isGreen)
        case (let phase, .failed(let part, let reason))
        where ![.notifying, .finished, .escalating].contains(phase):
            if var attempt = state.attempts.popLast() {
                attempt.note = attempt.note.isEmpty ? reason : attempt.note
                state.attempts.append(attempt)
            }
            state.isBroken = part != "budget"
            escalate(&state, "\(part): \(reason)")
        default: throw IllegalTransition(phase: state.phase, event: event.kind)
        }
    }
}
