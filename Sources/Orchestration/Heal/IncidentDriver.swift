internal import Forges
internal import Foundation
internal import Repair
internal import RunModel
internal import RunStore

/// One incident under one process: its log, its machine, the loop.
struct IncidentDriver {
    let incident: IncidentRecord
    let coordinator: HealCoordinator
    private var machine: HealStateMachine
    private(set) var eventCount: Int

    var state: HealState? { machine.state }
    var isEmpty: Bool { eventCount == 0 }
    /// Begun, and nothing more.
    var isUndetected: Bool { machine.state?.phase == .detecting }

    /// Reads the log back, from which everything else follows.
    init(incident: IncidentRecord, coordinator: HealCoordinator) async throws {
        self.incident = incident
        self.coordinator = coordinator
        let recorded = try await coordinator.store.events(of: incident.id)
        eventCount = recorded.count
        machine = try HealStateMachine.replay(recorded.map(HealEventLog.event))
    }

    /// Appends an event, then lets it take effect.
    mutating func record(_ event: HealEvent) async throws {
        var next = machine
        _ = try next.apply(event)
        let record = try HealEventLog.record(
            event, subject: incident.id, time: coordinator.now())
        // The audit log first: what a process that ends here did is done again, and told twice
        // rather than never.
        try await coordinator.ports.records.audit?.append(record)
        try await coordinator.store.append(record, expectingCount: eventCount)
        machine = next
        eventCount += 1
        await coordinator.observe(incident.id, event)
        guard let budget = machine.state?.request.budget else { return }
        try await BudgetWarnings(incident: incident.id, coordinator: coordinator).check(budget)
    }

    /// Performs action after action, until there is nothing to do or a human is asked.
    ///
    /// - Throws: `CancellationError` when the task was cancelled: as after a kill, whoever comes next
    ///   goes on where it was.
    mutating func drive() async throws -> HealReport {
        do { return try await perform() } catch  where Task.isCancelled {
            let (store, id, time) = (coordinator.store, incident.id, coordinator.now())
            try await Task {
                try await store.release(incident: id, status: .open, time: time)
            }.value
            throw CancellationError()
        }
    }

    private mutating func perform() async throws -> HealReport {
        while let action = machine.nextAction, let state = machine.state {
            switch action {
            case .finish:
                return try await end(state)
            case .awaitApproval:
                guard let decision = try await decision(state) else { return try await end(state) }
                try await record(decision)
            default:
                try await record(event(of: action, state))
            }
        }
        return HealReport(outcome: .nothingToHeal)
    }

    /// The reservation of wall time for what becomes this event, counted from 0.
    static func wallUse(incident: String, eventNumber: Int) -> String {
        "\(incident)/wall/\(eventNumber)"
    }

    /// What performing the action came to. What went wrong is an event as well.
    private func event(of action: HealAction, _ state: HealState) async throws -> HealEvent {
        let budget = state.request.budget
        let id = Self.wallUse(incident: incident.id, eventNumber: eventCount)
        let store = coordinator.store
        let used = try await store.used(
            incident: incident.id, resource: .wallMilliseconds, except: id)
        let remaining = budget.wallMilliseconds.map { $0 - used }
        let mustEnd = action.isEnding
        if let remaining, remaining <= 0, !mustEnd {
            return .failed(phase: "budget", reason: "the wall time is used up")
        }
        // Telling a human is not stopped by a budget, only by its own time limit.
        let phase = (state.request.phases ?? PhaseLimits()).milliseconds(
            for: action, wall: budget.wallMilliseconds ?? PhaseLimits.unboundedMilliseconds)
        let amount = mustEnd ? phase : min(phase, remaining ?? .infinity)
        if !mustEnd {
            _ = try await store.reserve(
                id: id, incident: incident.id, resource: .wallMilliseconds, amount: amount,
                limit: nil)
        }
        let started = ContinuousClock.now
        let meter = SandboxMeter(
            store: store, incident: incident.id, eventNumber: eventCount,
            limitMilliseconds: budget.sandboxMilliseconds)
        let actions = HealActions(
            state: state, incident: incident, coordinator: coordinator, meter: meter)
        let event: HealEvent
        do {
            event = try await SandboxMeter.$current.withValue(meter) {
                try await withTimeLimit(milliseconds: amount) { try await actions.perform(action) }
            }
        } catch  where Task.isCancelled {
            throw error
        } catch let error as RunStoreError {
            // Without its store the loop must not go on, nor record that it did.
            throw error
        } catch let error as ForgeError where action.isOutbound {
            // Nothing is lost: the verified change, or the diagnosis, goes out when it is run again.
            try await store.settle(id: id, used: 0)
            try await store.release(
                incident: incident.id, status: .open, time: coordinator.now())
            throw error
        } catch let error as BudgetExhausted where !action.isEscalation {
            event = .failed(phase: "budget", reason: "\(error)")
        } catch let limit as TimeLimitReached where !action.isEnding {
            event =
                amount < phase
                ? .failed(phase: "budget", reason: "the wall time is used up")
                : action.overdue(limit)
        } catch  where !action.isEscalation {
            event = .failed(phase: action.name, reason: "\(error)")
        }
        let elapsed = ContinuousClock.now - started
        try await store.settle(
            id: id, used: elapsed / Duration.milliseconds(1))
        return event
    }

    /// A human's decision about exactly this tree.
    private func decision(_ state: HealState) async throws -> HealEvent? {
        let records = try await coordinator.store.approvals(ofIncident: incident.id)
        guard let record = records.first(where: { $0.id == state.approvalID }),
            let decision = record.decision
        else { return nil }
        // A dry run ends here whatever was decided: nothing leaves the machine.
        guard !state.request.isDryRun || decision == .rejected else { return nil }
        return .approvalDecided(
            tree: record.tree, isApproved: decision == .approved, by: record.decidedBy ?? "")
    }

    private func end(_ state: HealState) async throws -> HealReport {
        let status: IncidentRecord.Status =
            switch state.outcome {
            case .pullRequest: state.isClosed ? .closed : .pullRequest
            case .awaitingApproval: .awaitingApproval
            case .skipped: .skipped
            case .nothingToHeal: .closed
            case .escalated, nil: .escalated
            }
        try await coordinator.store.release(
            incident: incident.id, status: status, time: coordinator.now())
        return try await coordinator.report(of: state, incident: incident.id)
    }
}

extension HealAction {
    /// The phase, as it is named in failures.
    var name: String {
        switch self {
        case .detect: "detection"
        case .triage: "triage"
        case .propose(let fixer): "fixer \(fixer)"
        case .admit: "admission"
        case .gate: "gate"
        case .review: "review"
        case .verify: "verification"
        case .requestApproval, .awaitApproval: "approval"
        case .publish: "pull request"
        case .escalate: "escalation"
        case .notify: "notification"
        case .finish: "end"
        }
    }

    var isEscalation: Bool { if case .escalate = self { true } else { false } }

    /// Whether it speaks to the forge, which may refuse or be away.
    var isOutbound: Bool {
        switch self {
        case .publish, .escalate: true
        default: false
        }
    }

    /// Whether a human is only told: no budget stands against that.
    var isEnding: Bool {
        switch self {
        case .escalate, .notify, .requestApproval: true
        default: false
        }
    }
}
