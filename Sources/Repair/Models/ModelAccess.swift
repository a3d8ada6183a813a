package import JSONText
package import RunModel

/// One model that may be asked, and within which bounds.
package struct RepairModel: Sendable {
    /// As budgets, prices and records name it, such as `anthropic/claude-sonnet-4-5`.
    package var id: String
    package var client: any ModelClient
    /// The name that its provider knows it by.
    package var name: String
    package var contextTokens: Int
    package var outputTokens: Int
    package var timeoutMilliseconds: Int
    package var temperature: Double?
    package var effort: String?

    package init(
        id: String, client: any ModelClient, name: String, contextTokens: Int = 65_536,
        outputTokens: Int = 4_096, timeoutMilliseconds: Int = 120_000, temperature: Double? = nil,
        effort: String? = nil
    ) {
        self.id = id
        self.client = client
        self.name = name
        self.contextTokens = contextTokens
        self.outputTokens = outputTokens
        self.timeoutMilliseconds = timeoutMilliseconds
        self.temperature = temperature
        self.effort = effort
    }
}

/// Bounds of one attempt.
package struct ModelLimits: Sendable, Equatable {
    /// Answers per role.
    package var turns = 40
    /// Wrong calls in a row that end a role.
    package var corrections = 3
    /// The share of a context at which old turns are summarised.
    package var summaryShare = 0.6
    /// Files that a plan may name.
    package var plannedFiles = 10
    /// Time for one call of a tool.
    package var toolCallMilliseconds = 300_000.0

    package init() {}
}

/// The models that a repair may use, and what counts and records their use.
package struct ModelAccess: Sendable {
    /// Weakest first; a stuck attempt goes to the next.
    package var ladder: [RepairModel]
    /// Where a role has a model of its own.
    package var roles: [ModelRole: RepairModel]
    package var limits: ModelLimits
    package var meter: any ModelMeter
    package var recorder: any ModelRecorder
    /// Whether what models think aloud is recorded: only by somebody's choice.
    package var recordsReasoning = false

    package init(
        ladder: [RepairModel], roles: [ModelRole: RepairModel] = [:],
        limits: ModelLimits = ModelLimits(), meter: any ModelMeter, recorder: any ModelRecorder
    ) {
        self.ladder = ladder
        self.roles = roles
        self.limits = limits
        self.meter = meter
        self.recorder = recorder
    }
}

/// Budgets of models: reserved before a call, settled after it.
package protocol ModelMeter: Sendable {
    /// - Returns: what may be used, which may be less output than was asked for.
    /// - Throws: `ModelBudgetRefusal` when not even `outputTokensMin` are left.
    func reserve(
        model: RepairModel, inputTokensMax: Int, outputTokensMin: Int, outputTokensMax: Int
    ) async throws -> ModelReservation
    /// Puts what was really used in place of the reservation.
    func settle(_ reservation: ModelReservation, usage: ModelUsage) async throws
    /// What was used since this meter was made.
    func spending() async -> ModelSpending
}

package struct ModelReservation: Sendable, Equatable {
    package var id: String
    package var model: String
    package var outputTokens: Int

    package init(id: String, model: String, outputTokens: Int) {
        self.id = id
        self.model = model
        self.outputTokens = outputTokens
    }
}

package struct ModelSpending: Codable, Sendable, Equatable {
    package var calls = 0
    package var tokens = 0
    package var costUSD = 0.0

    package init() {}
}

/// A budget stands against another call.
package struct ModelBudgetRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// Keeps what models said and did, in order, before anything follows from it.
package protocol ModelRecorder: Sendable {
    /// - Parameter kind: such as `model.answered`, `tool.called`, `tool.refused`.
    func record(_ kind: String, _ payload: JSONValue) async throws
}
