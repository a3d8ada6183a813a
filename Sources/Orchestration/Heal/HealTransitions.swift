internal import Repair
internal import RunModel

/// What each kind of answer means for the incident.
extension HealStateMachine {
    /// How often one fixer may move away from the goal before it is not asked any more.
    static let driftLimit = 1

    static func finish(_ state: inout HealState, _ outcome: HealOutcome) {
        state.outcome = outcome
        state.phase = outcome == .nothingToHeal ? .finished : .notifying
    }

    static func escalate(_ state: inout HealState, _ reason: String) {
        state.escalationReason = reason
        state.phase = .escalating
    }

    static func exhausted(_ state: HealState) -> String {
        if state.attempts.isEmpty { return "no fixer had a proposal" }
        return state.attempts.count >= state.request.budget.attempts
            ? "all \(state.attempts.count) attempts failed"
            : "the fixers have nothing left after \(state.attempts.count) failed attempts"
    }

    /// Triage decides who is asked.
    static func dispatch(_ state: inout HealState, _ report: TriageReport) {
        switch report.class {
        case .none: finish(&state, .nothingToHeal)
        case .preExisting, .flaky, .infrastructure: finish(&state, .skipped)
        case .ambiguous: escalate(&state, "triage could not attribute the failure")
        case .regression, .dependencyDrift:
            let patterns = state.request.never.map(PathPattern.init)
            let untouchable = state.failingTests.filter { test in
                // A test's id begins with its file in most runners' spelling.
                let file = test.prefix { $0 != ":" }
                return patterns.contains { $0.matches(String(file)) || $0.matches(test) }
            }
            if untouchable.isEmpty {
                state.phase = .proposing
            } else {
                escalate(
                    &state,
                    "heal.never covers " + untouchable.prefix(3).joined(separator: ", "))
            }
        }
    }

    /// The same proposal is never tried twice: not by tree, not by what it changes.
    static func propose(_ state: inout HealState, _ proposal: Proposal, _ patch: String) {
        let isKnown =
            state.tried.contains { $0.tree == proposal.tree } || state.triedPatches.contains(patch)
            || proposal.tree == state.request.badTree
        guard !isKnown else {
            state.declined.append(
                TriedProposal(
                    fixer: proposal.fixer, tree: proposal.tree,
                    note: "proposed again what was tried already"))
            state.fixerIndex += 1
            return
        }
        guard state.attempts.count < state.request.budget.attempts else {
            escalate(&state, exhausted(state))
            return
        }
        (state.proposal, state.patch) = (proposal, patch)
        (state.gate, state.review, state.verification) = (nil, nil, nil)
        state.phase = .admitting
    }

    static func gate(_ state: inout HealState, _ report: GateReport) {
        state.gate = report
        updateAttempt(&state) { $0.gate = report.verdict }
        guard report.verdict != .block else {
            let rules = Set(report.findings.filter { $0.action == .block }.map(\.rule)).sorted()
            failAttempt(
                &state, "the gate blocks it: \(rules.joined(separator: ", "))", hasDrifted: true)
            return
        }
        state.phase = .reviewing
    }

    static func review(_ state: inout HealState, _ answer: ReviewAnswer) {
        state.review = answer
        if let spending = answer.spending {
            updateAttempt(&state) {
                $0.tokens += spending.tokens
                $0.costUSD += spending.costUSD
            }
        }
        if answer.isAccepted {
            state.phase = .verifying
        } else {
            failAttempt(
                &state, "the reviewer rejects it: \(answer.reasons.joined(separator: "; "))",
                hasDrifted: answer.hasDrifted)
        }
    }

    static func verify(_ state: inout HealState, _ report: VerificationReport) {
        state.verification = report
        updateAttempt(&state) { $0.verify = report.verdict }
        // A report about another tree proves nothing about this one.
        guard report.tree == state.proposal?.tree else {
            failAttempt(&state, "the verifier judged another tree", hasDrifted: true)
            return
        }
        guard report.verdict == .verified else {
            let reasons = report.reasons.map { "\($0.code): \($0.message)" }
            let note = "not verified: " + reasons.prefix(3).joined(separator: "; ")
            let isBetter =
                !report.tests.fixed.isEmpty && report.tests.broken.isEmpty
                && report.tests.missing.isEmpty
            // A step forward is kept; anything else is rolled back to where it began.
            if isBetter, let tree = state.proposal?.tree { state.workingTree = tree }
            failAttempt(&state, note, hasDrifted: !report.tests.broken.isEmpty)
            return
        }
        updateAttempt(&state) { $0.note = "verified" }
        state.phase =
            state.approvalReasons.isEmpty && !state.request.isDryRun
            ? .publishing : .requestingApproval
    }

    static func decide(
        _ state: inout HealState, tree: String, isApproved: Bool, by person: String
    ) {
        state.outcome = nil
        if !isApproved {
            escalate(&state, "\(person) rejected the verified change")
        } else if tree == state.proposal?.tree, state.verification?.verdict == .verified {
            state.phase = .publishing
        } else {
            // An approval lets a verified change out; it never stands in for verification.
            escalate(&state, "the approval is for another tree than the verified one")
        }
    }

    /// Everything is judged again on the new base; what was tried on the old one may be tried again.
    static func rebase(_ state: inout HealState, bad: String, badTree: String) {
        state.request.bad = bad
        state.request.badTree = badTree
        state.workingTree = badTree
        updateAttempt(&state) { $0.note = "the base moved before it could be published" }
        (state.proposal, state.patch) = (nil, nil)
        (state.tried, state.triedPatches, state.fixerIndex) = ([], [], 0)
        state.triage = nil
        state.phase = .triaging
    }

    static func recheck(_ state: inout HealState, isGreen: Bool) {
        state.isClosed = isGreen
        guard !isGreen else { return }
        // Reopened, but not for another pull request: there is one per incident, ever.
        escalate(&state, "the merged pull request did not cure the tests")
    }

    private static func failAttempt(_ state: inout HealState, _ note: String, hasDrifted: Bool) {
        updateAttempt(&state) { $0.note = note }
        if let proposal = state.proposal {
            state.tried.append(
                TriedProposal(fixer: proposal.fixer, tree: proposal.tree, note: note))
            if hasDrifted {
                state.driftAlarms.append("\(proposal.fixer): \(note)")
            }
            let alarms = state.driftAlarms.count { $0.hasPrefix("\(proposal.fixer): ") }
            if alarms > driftLimit { state.fixerIndex += 1 }
        }
        if let patch = state.patch { state.triedPatches.insert(patch) }
        (state.proposal, state.patch) = (nil, nil)
        if state.attempts.count >= state.request.budget.attempts {
            escalate(&state, exhausted(state))
        } else {
            state.phase = .proposing
        }
    }

    private static func updateAttempt(
        _ state: inout HealState, _ change: (inout HealReport.Attempt) -> Void
    ) {
        guard var attempt = state.attempts.popLast() else { return }
        change(&attempt)
        state.attempts.append(attempt)
    }
}
