internal import RunModel
internal import RunStore

/// The document `drydock.heal/v1` of an incident.
extension HealCoordinator {
    func report(of state: HealState, incident: String) async throws -> HealReport {
        var report = HealReport(
            outcome: state.outcome ?? .escalated, incident: incident, triage: state.triage,
            attempts: try await timed(state.attempts, incident), pullRequest: state.pullRequest)
        if let reason = state.escalationReason {
            report.escalation = HealReport.Escalation(
                reason: reason, report: state.escalationReport ?? "")
        }
        let budget = state.request.budget
        report.budget.attempts = .init(
            limit: Double(budget.attempts), used: Double(state.attempts.count))
        report.budget.tokens = .init(
            limit: budget.tokens.map(Double.init), used: try await used(.tokens, incident))
        report.budget.costUSD = .init(
            limit: budget.costUSD, used: try await used(.costUSD, incident))
        // The phase that reports has reserved all that is left, and has not used it.
        report.budget.wallMilliseconds = .init(
            limit: budget.wallMilliseconds,
            used: try await store.settled(incident: incident, resource: .wallMilliseconds))
        report.budget.modelCalls = .init(
            limit: budget.modelCalls.map(Double.init), used: try await used(.modelCalls, incident))
        report.budget.sandboxMilliseconds = .init(
            limit: budget.sandboxMilliseconds,
            used: try await used(.sandboxMilliseconds, incident))
        return report
    }

    /// Each attempt with the time that went into it, from its proposal to its last verdict. An attempt
    /// has its number from its admission, which follows the proposal.
    private func timed(
        _ attempts: [HealReport.Attempt], _ incident: String
    ) async throws -> [HealReport.Attempt] {
        let uses = try await store.settled(uses: incident, resource: .wallMilliseconds)
        var times: [Double] = []
        var proposing = 0.0
        for (number, record) in try await store.events(of: incident).enumerated() {
            let use = IncidentDriver.wallUse(incident: incident, eventNumber: number)
            let elapsed = uses[use] ?? 0
            switch record.kind {
            case "attempt.proposed": proposing = elapsed
            case "attempt.admitted": times.append(proposing + elapsed)
            // Verdicts are of what was admitted last.
            case "attempt.gated", "attempt.reviewed", "attempt.verified":
                if let last = times.indices.last { times[last] += elapsed }
            default: break
            }
        }
        var attempts = attempts
        for (index, time) in zip(attempts.indices, times) {
            attempts[index].wallMilliseconds = time
        }
        return attempts
    }

    private func used(_ resource: BudgetResource, _ incident: String) async throws -> Double {
        try await store.used(incident: incident, resource: resource)
    }
}
