internal import RunModel
internal import RunStore

/// The document `drydock.heal/v1` of an incident.
extension HealCoordinator {
    func report(of state: HealState, incident: String) async throws -> HealReport {
        var report = HealReport(
            outcome: state.outcome ?? .escalated, incident: incident, triage: state.triage,
            attempts: state.attempts, pullRequest: state.pullRequest)
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

    private func used(_ resource: BudgetResource, _ incident: String) async throws -> Double {
        try await store.used(incident: incident, resource: resource)
    }
}
