import HTTPTransport
import LanguageModels
import RunModel
import TestSupport

/// A client of one provider at a server of the test's.
enum ModelFixture {
    static let key = "sk-test-0123456789abcdef"

    static func provider(_ wire: ModelWire) -> any ModelProvider {
        switch wire {
        case .openai: OpenAICompatibleProvider.profiles[0]
        case .anthropic: AnthropicProvider()
        case .ollama: OllamaProvider()
        }
    }

    static func client(
        _ wire: ModelWire, _ url: String, isStreaming: Bool = true, contextTokens: Int = 65_536
    ) throws -> LanguageModelClient {
        try client(
            provider(wire), wire == .openai ? url + "/v1" : url, isStreaming: isStreaming,
            contextTokens: contextTokens)
    }

    static func client(
        _ provider: any ModelProvider, _ url: String, isStreaming: Bool = true,
        contextTokens: Int = 65_536
    ) throws -> LanguageModelClient {
        var options = WebClientOptions()
        options.pause = { _ in }
        options.idleTimeoutMilliseconds = 60_000
        return LanguageModelClient(
            provider: provider,
            endpoint: ModelEndpoint(url: url, key: key, contextTokens: contextTokens),
            web: try WebClient(options), isStreaming: isStreaming)
    }

    static var request: ModelRequest {
        var request = ModelRequest(
            model: "scripted",
            messages: [
                ModelMessage(role: .system, text: "You repair."),
                ModelMessage(role: .user, text: "What is 2 + 3? Grüße 🙂"),
                ModelMessage(
                    role: .assistant, text: "",
                    toolCalls: [
                        ModelToolCall(id: "call_1", name: "add", argumentsJSON: #"{"a":2,"b":3}"#)
                    ]), ModelMessage(role: .tool, text: "5", toolCallID: "call_1"),
            ], outputTokenLimit: 512, timeoutMilliseconds: 120_000)
        request.tools = [
            ModelTool(
                name: "add", description: "Adds two numbers.",
                parametersJSON: """
                    {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},\
                    "required":["a","b"],"additionalProperties":false}
                    """)
        ]
        return request
    }
}
