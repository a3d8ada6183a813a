internal import Forges
internal import Repair
internal import RunModel
internal import RunStore

/// Performs one action of the state machine, and says what it came to.
///
/// Every action can be done again: a process may be killed between an action and its event.
struct HealActions: Sendable {
    let state: HealState
    let incident: IncidentRecord
    let coordinator: HealCoordinator
    /// Counts what the action runs in sandboxes.
    let meter: SandboxMeter

    private var ports: HealPorts { coordinator.ports }
    private var store: Store { coordinator.store }

    func perform(_ action: HealAction) async throws -> HealEvent {
        switch action {
        // Whoever begins an incident brings what was detected: without it nothing is known to be green.
        case .detect:
            .failed(phase: action.name, reason: "the incident was begun and nothing was detected")
        case .triage: try await triage()
        case .propose(let fixer): try await propose(fixer)
        case .admit(let number): try await admit(number)
        case .gate(let proposal):
            .gated(
                try await ports.gate.judge(
                    base: state.request.badTree, head: proposal.tree,
                    policyCommit: state.request.bad))
        case .review(let proposal):
            .reviewed(
                try await
                    (ports.modelReviewer?(incident.id, state.request.budget)
                    ?? ports.reviewer).review(proposal, ports.problems.problem(for: state)))
        case .verify(let proposal): try await verify(proposal)
        case .requestApproval(let proposal, let reasons):
            try await requestApproval(proposal, reasons)
        case .publish(let proposal): try await publish(proposal)
        case .escalate(let reason): try await escalate(reason)
        case .notify: try await notify()
        case .awaitApproval, .finish:
            .failed(phase: action.name, reason: "this action is not performed")
        }
    }

    private func triage() async throws -> HealEvent {
        guard let detection = state.detection else {
            return .failed(phase: "triage", reason: "nothing was detected")
        }
        return .triaged(try await ports.triager.triage(state.request, detection))
    }

    private func propose(_ name: String) async throws -> HealEvent {
        guard let fixer = ports.fixers.first(where: { $0.name == name }) else {
            return .declined(fixer: name, reason: "there is no such fixer")
        }
        if fixer is AgentFixer, let reason = try await spent() { return .refused(reason: reason) }
        // Before anything is spent: breakers of the failing tests.
        for test in state.failingTests.prefix(200) {
            let breaker = try await store.breaker(
                repository: incident.repository, test: state.request.breakerKey(test),
                culprit: state.culprit)
            if breaker.isOpen {
                return .refused(
                    reason: "the circuit breaker of \(test) is open after \(breaker.failures) "
                        + "failed attempts; a human or another culprit closes it")
            }
        }
        do {
            let answer = try await fixer.propose(
                for: ports.problems.problem(for: state),
                using: ports.problems.tools(for: state, meter: meter))
            switch answer {
            case .nothing(let reason): return .declined(fixer: name, reason: reason)
            case .unavailable(let reason):
                return .declined(fixer: name, reason: reason, isUnavailable: true)
            case .proposal(let proposal):
                if proposal.kind == .agent, name != ModelFixer().name,
                    let spending = proposal.spending
                {
                    try await charge(spending)
                }
                let patch = try await PatchDigest.digest(
                    from: state.workingTree, to: proposal.tree, trees: ports.trees)
                return .proposed(proposal, patch: patch)
            }
        } catch let error as BudgetExhausted {
            return .refused(reason: "\(error)")
        } catch let error as ModelBudgetRefusal {
            return .refused(reason: "\(error)")
        } catch let error as PortError {
            // One fixer's tool is missing; another may need none.
            return .declined(fixer: name, reason: "\(error)")
        }
    }

    /// An external agent's claim of what it used: nobody else counted it. Once it exceeds a budget,
    /// no further agent or model is asked.
    private func charge(_ spending: ModelSpending) async throws {
        let amounts: [(BudgetResource, Double)] = [
            (.tokens, Double(spending.tokens)), (.costUSD, spending.costUSD),
            (.modelCalls, Double(spending.calls)),
        ]
        for (resource, amount) in amounts where amount.isFinite && amount > 0 {
            let id = "\(incident.id)/agent/\(meter.eventNumber)/\(resource.rawValue)"
            _ = try await store.reserve(
                id: id, incident: incident.id, resource: resource, amount: amount, limit: nil)
            try await store.settle(id: id, used: amount)
        }
    }

    /// Why no agent or model may be asked any more: a budget of theirs is used up.
    private func spent() async throws -> String? {
        let budget = state.request.budget
        let limits: [(BudgetResource, Double?)] = [
            (.tokens, budget.tokens.map(Double.init)), (.costUSD, budget.costUSD),
            (.modelCalls, budget.modelCalls.map(Double.init)),
        ]
        for case (let resource, let limit?) in limits
        where try await store.used(incident: incident.id, resource: resource) >= limit {
            return "the budget for \(resource.rawValue) is used up: \(limit)"
        }
        return nil
    }

    private func admit(_ number: Int) async throws -> HealEvent {
        let id = "\(incident.id)/attempt/\(number)"
        let answer = try await store.reserve(
            id: id, incident: incident.id, resource: .attempts, amount: 1,
            limit: Double(state.request.budget.attempts))
        if case .refused = answer { return .refused(reason: "no attempts are left") }
        try await store.settle(id: id, used: 1)
        let spending = state.proposal?.spending ?? ModelSpending()
        let attempt = HealReport.Attempt(
            number: number, fixer: state.proposal?.fixer ?? "", tree: state.proposal?.tree,
            tokens: spending.tokens, costUSD: spending.costUSD)
        if let limit = try await store.admit(
            attempt: attempt, incident: incident, limits: coordinator.limits,
            time: coordinator.now())
        {
            return .refused(reason: "a limit stands against another attempt: \(limit)")
        }
        return .admitted(attempt: number)
    }

    private func verify(_ proposal: Proposal) async throws -> HealEvent {
        guard let triage = state.triage else {
            return .failed(phase: "verification", reason: "there is no triage")
        }
        let report = try await ports.verifier.verify(
            tree: proposal.tree, tests: state.failingTests, request: state.request,
            triage: triage)
        for test in state.failingTests.prefix(200) {
            if report.verdict == .verified {
                try await store.closeBreaker(
                    repository: incident.repository, test: state.request.breakerKey(test))
            } else {
                _ = try await store.recordFailure(
                    repository: incident.repository, test: state.request.breakerKey(test),
                    culprit: state.culprit,
                    attempt: "\(incident.id)/\(state.attempts.count)",
                    threshold: state.request.breakerThreshold, time: coordinator.now())
            }
        }
        return .verified(report)
    }

    private func requestApproval(
        _ proposal: Proposal, _ reasons: [String]
    ) async throws -> HealEvent {
        let record = try await store.request(
            approval: ApprovalRecord(
                id: "ap-" + incident.id.dropFirst("inc-".count) + "-\(state.attempts.count)",
                incident: incident.id, tree: proposal.tree,
                reasons: state.request.isDryRun ? reasons + ["this was a dry run"] : reasons,
                requestedAt: coordinator.now()), isTold: !state.request.isDryRun)
        // Nothing leaves the machine on a dry run, a message least of all.
        guard !state.request.isDryRun else { return .approvalRequested(id: record.id) }
        var told = state
        told.outcome = .awaitingApproval
        let failures = await ports.notifier.notify(
            try await coordinator.report(of: told, incident: incident.id))
        return .approvalRequested(id: record.id, failures: failures.isEmpty ? nil : failures)
    }

    private func escalate(_ reason: String) async throws -> HealEvent {
        var told = state
        told.escalationReason = reason
        let report = try await coordinator.report(of: told, incident: incident.id)
        let diagnosis = EscalationReport.markdown(report, state: told)
        // Nothing leaves the machine on a dry run: the diagnosis itself instead of where it lies.
        guard !state.request.isDryRun else { return .escalated(report: diagnosis) }
        let url = try await ports.forge.openIssue(
            Ticket(
                incident: incident.id, title: EscalationReport.title(report), body: diagnosis))
        return .escalated(
            report: try await store.recordTicket(
                url: url, incident: incident.id, time: coordinator.now()))
    }
}
