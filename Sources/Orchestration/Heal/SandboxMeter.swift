package import RunModel
internal import RunStore
internal import Synchronization

/// A budget stands against what was asked.
package struct BudgetExhausted: Error, Sendable, Equatable, CustomStringConvertible {
    package var resource: String
    package var remaining: Double

    package var description: String {
        "the budget for \(resource) is used up (\(Int(remaining)) left)"
    }
}

/// Reserves sandbox time before each run and settles what was used after it.
///
/// Uses are named after the event that they belong to and a count within it, so that an action
/// that is repeated after SIGKILL reserves what it had reserved, and not once more.
package final class SandboxMeter: Sendable {
    /// Of the action under way.
    @TaskLocal package static var current: SandboxMeter?

    private let store: Store
    let incident: String
    /// Of the event that the action will come to.
    let eventNumber: Int
    private let prefix: String
    private let limitMilliseconds: Double?
    private let count = Mutex(0)

    init(store: Store, incident: String, eventNumber: Int, limitMilliseconds: Double?) {
        self.store = store
        self.incident = incident
        self.eventNumber = eventNumber
        prefix = "\(incident)/sandbox/\(eventNumber)/"
        self.limitMilliseconds = limitMilliseconds
    }

    /// An executor whose runs are counted.
    package func metered(_ executor: any CommandExecutor) -> any CommandExecutor {
        MeteredExecutor(meter: self, executor: executor)
    }

    func run(
        _ request: CommandRequest, _ executor: any CommandExecutor
    ) async throws -> CommandResult {
        let id =
            prefix
            + String(
                count.withLock {
                    $0 += 1; return $0
                })
        var request = request
        let used = try await store.used(
            incident: incident, resource: .sandboxMilliseconds, except: id)
        var amount = Double(request.limits.wallMilliseconds ?? 600_000)
        if let limitMilliseconds {
            // A run may have what is left: its own wall limit keeps it within that.
            amount = min(amount, limitMilliseconds - used)
            guard amount >= 1 else {
                throw BudgetExhausted(resource: "sandbox time", remaining: 0)
            }
            request.limits.wallMilliseconds = UInt64(amount)
        }
        let answer = try await store.reserve(
            id: id, incident: incident, resource: .sandboxMilliseconds, amount: amount,
            limit: limitMilliseconds)
        if case .refused(let remaining) = answer {
            throw BudgetExhausted(resource: "sandbox time", remaining: remaining)
        }
        let result: CommandResult
        let started = ContinuousClock.now
        do {
            result = try await executor.run(request)
        } catch {
            let used = min((ContinuousClock.now - started) / .milliseconds(1), amount)
            // A run that was cut off has used its time: a task that is not cancelled says so.
            try await Task { try await store.settle(id: id, used: used) }.value
            throw error
        }
        try await store.settle(id: id, used: result.report.wallMilliseconds ?? amount)
        return result
    }
}

private struct MeteredExecutor: CommandExecutor {
    let meter: SandboxMeter
    let executor: any CommandExecutor

    func run(_ request: CommandRequest) async throws -> CommandResult {
        try await meter.run(request, executor)
    }
}
