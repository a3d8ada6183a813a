/// A language model behind one provider's API. Answers are validated by the caller, always.
package protocol ModelClient: Sendable {
    func complete(_ request: ModelRequest) async throws -> ModelAnswer
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

package struct ModelAnswer: Sendable, Equatable {
    package enum StopReason: String, Sendable, Codable {
        case finished, toolCalls, outputLimit, refused, contextFull
    }

    package var text: String
    package var toolCalls: [ModelToolCall]
    package var stopReason: StopReason
    package var usage: ModelUsage

    package init(
        text: String, toolCalls: [ModelToolCall], stopReason: StopReason, usage: ModelUsage
    ) {
        self.text = text
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

    package init(inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedInputTokens = cachedInputTokens
    }
}
