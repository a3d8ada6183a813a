/// A language model behind one provider's API. Answers are validated by the caller, always.
package protocol ModelClient: Sendable {
    /// - Throws: `ModelFailure`, or `CancellationError`.
    func complete(_ request: ModelRequest) async throws -> ModelAnswer
}

/// Why a model gave no answer that can be used, and what that cost.
package struct ModelFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable {
        case unreachable, wrongKey, unknownModel, contextFull, badRequest
        /// 429, 500, 503, 529 after all retries.
        case overloaded
        /// The answer began and did not end; what came of it is counted.
        case interrupted
        case malformed, tooLarge, timedOut
    }

    package var kind: Kind
    /// Provider and model.
    package var subject: String
    package var reason: String
    package var remedy: String
    /// What was used all the same; estimated where the provider did not say.
    package var usage: ModelUsage

    package init(
        _ kind: Kind, subject: String, reason: String, remedy: String = "",
        usage: ModelUsage = ModelUsage()
    ) {
        self.kind = kind
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.usage = usage
    }

    /// Whether the same request may well be answered a little later.
    package var isPassing: Bool {
        switch kind {
        case .overloaded, .interrupted, .malformed, .timedOut: true
        case .unreachable, .wrongKey, .unknownModel, .contextFull, .badRequest, .tooLarge: false
        }
    }

    package var description: String {
        "\(subject): \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}

package struct ModelMessage: Sendable, Codable, Equatable {
    package enum Role: String, Sendable, Codable { case system, user, assistant, tool }

    package var role: Role
    package var text: String
    package var toolCalls: [ModelToolCall]
    /// For role `tool`: the call that this answers.
    package var toolCallID: String?
    package var isError: Bool

    package init(
        role: Role, text: String, toolCalls: [ModelToolCall] = [], toolCallID: String? = nil,
        isError: Bool = false
    ) {
        self.role = role
        self.text = text
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.isError = isError
    }
}

package struct ModelToolCall: Sendable, Codable, Equatable {
    package var id: String
    package var name: String
    /// A JSON object as text; may be malformed, as models send it.
    package var argumentsJSON: String

    package init(id: String, name: String, argumentsJSON: String) {
        self.id = id
        self.name = name
        self.argumentsJSON = argumentsJSON
    }
}

package struct ModelTool: Sendable, Codable, Equatable {
    package var name: String
    package var description: String
    /// A JSON Schema of an object.
    package var parametersJSON: String

    package init(name: String, description: String, parametersJSON: String) {
        self.name = name
        self.description = description
        self.parametersJSON = parametersJSON
    }
}

package struct ModelRequest: Sendable {
    package var model: String
    package var messages: [ModelMessage]
    package var tools: [ModelTool] = []
    /// A JSON Schema that the answer must satisfy; constrained by the provider where it can.
    package var answerSchemaJSON: String?
    package var outputTokenLimit: Int
    package var timeoutMilliseconds: Int
    package var toolChoice = ModelToolChoice.automatic
    /// `nil` leaves it to the provider: some models take no other than their own.
    package var temperature: Double?
    package var seed: Int?
    /// How much a reasoning model may think: `low`, `medium`, `high`.
    package var effort: String?

    package init(
        model: String, messages: [ModelMessage], outputTokenLimit: Int = 4096,
        timeoutMilliseconds: Int = 120_000
    ) {
        self.model = model
        self.messages = messages
        self.outputTokenLimit = outputTokenLimit
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

package enum ModelToolChoice: String, Sendable, Codable { case automatic, none, required }

package struct ModelAnswer: Sendable, Equatable {
    package enum StopReason: String, Sendable, Codable {
        case finished, toolCalls, outputLimit, refused, contextFull
    }

    package var text: String
    package var toolCalls: [ModelToolCall]
    package var stopReason: StopReason
    package var usage: ModelUsage
    /// What it thought aloud before it answered; never part of the conversation.
    package var reasoning: String

    package init(
        text: String, toolCalls: [ModelToolCall], stopReason: StopReason, usage: ModelUsage,
        reasoning: String = ""
    ) {
        self.text = text
        self.reasoning = reasoning
        self.toolCalls = toolCalls
        self.stopReason = stopReason
        self.usage = usage
    }
}

package struct ModelUsage: Sendable, Codable, Equatable {
    /// Cached tokens included.
    package var inputTokens: Int
    package var outputTokens: Int
    package var cachedInputTokens: Int
    /// Of the input, what was written to the provider's cache, at a price of its own.
    package var cacheWriteTokens: Int
    /// Whether any of it was counted here, as the provider did not say.
    package var isEstimated: Bool

    package init(
        inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0,
        cacheWriteTokens: Int = 0, isEstimated: Bool = false
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedInputTokens = cachedInputTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.isEstimated = isEstimated
    }

    package var totalTokens: Int { inputTokens + outputTokens }
}
