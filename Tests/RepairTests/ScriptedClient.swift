import JSONText
import Repair
import RunModel
import Synchronization

/// A model that says what a test tells it, without a wire.
final class ScriptedClient: ModelClient {
    typealias Script = @Sendable (ModelRequest, Int) throws -> ModelAnswer

    private let script: Script
    private let seen = Mutex<[ModelRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    var requests: [ModelRequest] { seen.withLock { $0 } }

    func complete(_ request: ModelRequest) async throws -> ModelAnswer {
        let number = seen.withLock {
            $0.append(request)
            return $0.count - 1
        }
        return try script(request, number)
    }
}

extension ModelAnswer {
    static func say(_ text: String, stop: StopReason = .finished) -> ModelAnswer {
        ModelAnswer(
            text: text, toolCalls: [], stopReason: stop,
            usage: ModelUsage(inputTokens: 100, outputTokens: 10))
    }

    static func call(_ name: String, _ arguments: JSONValue = .object([])) -> ModelAnswer {
        callText(name, arguments.text())
    }

    static func callText(_ name: String, _ arguments: String) -> ModelAnswer {
        ModelAnswer(
            text: "", toolCalls: [ModelToolCall(id: "c", name: name, argumentsJSON: arguments)],
            stopReason: .toolCalls, usage: ModelUsage(inputTokens: 100, outputTokens: 10))
    }
}

extension ModelRequest {
    /// The role that asks, told by its instruction.
    var role: ModelRole? {
        let system = messages.first?.text
        return ModelRole.allCases.first { $0.instruction == system }
    }
    var wantsPlan: Bool { answerSchemaJSON?.contains("hypothesis") ?? false }
    var lastText: String { messages.last?.text ?? "" }
}

/// Budgets in memory, and everything that was recorded.
final class MemoryMeter: ModelMeter, ModelRecorder {
    struct Use { var reserved: Int; var used: Int? }

    private let state = Mutex((uses: [Use](), events: [(kind: String, payload: JSONValue)]()))
    private let tokenLimit: Int?

    init(tokenLimit: Int? = nil) { self.tokenLimit = tokenLimit }

    var uses: [Use] { state.withLock { $0.uses } }
    var events: [(kind: String, payload: JSONValue)] { state.withLock { $0.events } }
    func count(_ kind: String) -> Int { events.count { $0.kind == kind } }

    func reserve(
        model: RepairModel, inputTokensMax: Int, outputTokensMin: Int, outputTokensMax: Int
    ) async throws -> ModelReservation {
        try state.withLock { state in
            let used = state.uses.reduce(0) { $0 + ($1.used ?? $1.reserved) }
            var output = outputTokensMax
            if let tokenLimit {
                output = min(output, tokenLimit - used - inputTokensMax)
                guard output >= outputTokensMin else {
                    throw ModelBudgetRefusal(reason: "no tokens are left")
                }
            }
            state.uses.append(Use(reserved: inputTokensMax + output))
            return ModelReservation(
                id: String(state.uses.count - 1), model: model.id, outputTokens: output)
        }
    }

    func settle(_ reservation: ModelReservation, usage: ModelUsage) async throws {
        state.withLock { $0.uses[Int(reservation.id) ?? 0].used = usage.totalTokens }
    }

    func spending() async -> ModelSpending {
        var spending = ModelSpending()
        spending.calls = uses.count
        spending.tokens = uses.reduce(0) { $0 + ($1.used ?? 0) }
        return spending
    }

    func record(_ kind: String, _ payload: JSONValue) async throws {
        state.withLock { $0.events.append((kind, payload)) }
    }
}
