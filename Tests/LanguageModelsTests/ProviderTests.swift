import Foundation
import HTTPTransport
import JSONText
import LanguageModels
import RunModel
import TestSupport
import Testing

@Suite struct ProviderTests {
    private static let cases: [(ModelWire, Bool)] = ModelWire.allCases.flatMap {
        [($0, true), ($0, false)]
    }

    @Test(arguments: cases) func answersAreReadWhole(wire: ModelWire, isStreaming: Bool)
        async throws
    {
        let model = try ScriptedModel(wire) { _, _ in
            ScriptedAnswer(
                "It is fünf 🙂.", calls: [("add", #"{"a":1,"b":[1,{"c":"d\"e"}]}"#)],
                inputTokens: 120, outputTokens: 34, cachedTokens: 50)
        }
        let client = try ModelFixture.client(wire, model.server.url, isStreaming: isStreaming)
        let answer = try await client.complete(ModelFixture.request)
        #expect(answer.text == "It is fünf 🙂." && answer.stopReason != .refused)
        let call = try #require(answer.toolCalls.first)
        #expect(call.name == "add" && !call.id.isEmpty)
        #expect(
            try JSONValue(parsing: call.argumentsJSON).text(.canonical)
                == #"{"a":1,"b":[1,{"c":"d\"e"}]}"#)
        #expect(answer.usage.inputTokens == 120 && answer.usage.outputTokens == 34)
        #expect(answer.usage.cachedInputTokens == (wire == .ollama ? 0 : 50))
        #expect(!answer.usage.isEstimated)
    }

    /// What a model thinks aloud is kept apart from what it says, and never sent back.
    @Test(arguments: cases) func reasoningIsKeptApart(
        wire: ModelWire, isStreaming: Bool
    ) async throws {
        let model = try ScriptedModel(wire) { _, _ in
            var said = ScriptedAnswer("It is in add.py.")
            said.reasoning = "Perhaps the sign?"
            return said
        }
        let client = try ModelFixture.client(wire, model.server.url, isStreaming: isStreaming)
        let answer = try await client.complete(ModelFixture.request)
        #expect(answer.text == "It is in add.py." && answer.reasoning == "Perhaps the sign?")
    }

    @Test func openAIRequests() async throws {
        let body = try await Self.body(.openai)
        #expect(body["max_completion_tokens"] as? Int == 512 && body["max_tokens"] == nil)
        #expect((body["stream_options"] as? [String: Bool]) == ["include_usage": true])
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(messages.map { $0["role"] as? String } == ["system", "user", "assistant", "tool"])
        #expect(messages[2]["content"] is NSNull)
        let calls = messages[2]["tool_calls"] as? [[String: Any]]
        let function = calls?.first?["function"] as? [String: Any]
        #expect(function?["arguments"] as? String == #"{"a":2,"b":3}"#)
        #expect(messages[3]["tool_call_id"] as? String == "call_1")
        let tool = (body["tools"] as? [[String: Any]])?.first?["function"] as? [String: Any]
        #expect(tool?["strict"] as? Bool == true && tool?["parameters"] is [String: Any])
        #expect(body["parallel_tool_calls"] as? Bool == false)
    }

    @Test func anthropicRequests() async throws {
        let body = try await Self.body(.anthropic)
        #expect(body["max_tokens"] as? Int == 512)
        let system = try #require(body["system"] as? [[String: Any]])
        #expect(system[0]["text"] as? String == "You repair." && system[0]["cache_control"] != nil)
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(messages.map { $0["role"] as? String } == ["user", "assistant", "user"])
        let use = (messages[1]["content"] as? [[String: Any]])?.first
        #expect(use?["type"] as? String == "tool_use")
        #expect((use?["input"] as? [String: Int]) == ["a": 2, "b": 3])
        let result = (messages[2]["content"] as? [[String: Any]])?.first
        #expect(result?["tool_use_id"] as? String == "call_1")
        let choice = body["tool_choice"] as? [String: Any]
        #expect(choice?["disable_parallel_tool_use"] as? Bool == true)
    }

    @Test func ollamaRequests() async throws {
        let body = try await Self.body(.ollama)
        let options = try #require(body["options"] as? [String: Any])
        #expect(options["num_ctx"] as? Int == 65_536 && options["num_predict"] as? Int == 512)
        let messages = try #require(body["messages"] as? [[String: Any]])
        let call = (messages[2]["tool_calls"] as? [[String: Any]])?.first
        let function = call?["function"] as? [String: Any]
        #expect((function?["arguments"] as? [String: Int]) == ["a": 2, "b": 3])
        #expect(messages[3]["tool_name"] as? String == "add")
    }

    private static func body(_ wire: ModelWire) async throws -> [String: Any] {
        let model = try ScriptedModel(wire) { _, _ in ScriptedAnswer("ok") }
        _ = try await ModelFixture.client(wire, model.server.url).complete(ModelFixture.request)
        let seen = try #require(model.server.requests.first)
        let path = [
            "openai": "/v1/chat/completions", "anthropic": "/v1/messages",
            "ollama": "/api/chat",
        ]
        #expect(seen.target == path[wire.rawValue] && seen.method == "POST")
        switch wire {
        case .anthropic:
            #expect(seen.header("x-api-key") == ModelFixture.key)
            #expect(seen.header("anthropic-version") == "2023-06-01")
        case .openai, .ollama:
            #expect(seen.header("authorization") == "Bearer \(ModelFixture.key)")
        }
        return ModelWire.object(seen.text)
    }

    @Test(arguments: ModelWire.allCases) func schemasConstrainTheAnswer(
        wire: ModelWire
    ) async throws {
        let schema =
            #"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}"#
        let model = try ScriptedModel(wire) { _, _ in ScriptedAnswer(#"{"ok":true}"#) }
        var request = ModelFixture.request
        request.answerSchemaJSON = schema
        _ = try await ModelFixture.client(wire, model.server.url).complete(request)
        let body = try JSONValue(parsing: try #require(model.server.requests.first).text)
        let sent: JSONValue? =
            switch wire {
            case .openai: body["response_format"]?["json_schema"]?["schema"]
            case .anthropic: body["output_config"]?["format"]?["schema"]
            case .ollama: body["format"]
            }
        #expect(sent == (try JSONValue(parsing: schema)))
    }

    /// vLLM's names changed twice; a server that refuses one is asked by the next, and from then on
    /// by that.
    @Test func constraintsFallBack() async throws {
        let vllm = try #require(ProviderCatalog.provider(named: "vllm"))
        let server = try ScriptedServer { request, _ in
            if request.text.contains("response_format") || request.text.contains("structured_out") {
                return .answer(
                    400, #"{"object":"error","message":"Extra inputs are not permitted"}"#)
            }
            return ModelWire.openai.script(ScriptedAnswer("{}"), streamed: true)
        }
        let client = try ModelFixture.client(vllm, server.url)
        var request = ModelFixture.request
        request.answerSchemaJSON = #"{"type":"object"}"#
        _ = try await client.complete(request)
        #expect(server.requests.count == 3)
        #expect(server.requests[2].text.contains(#""guided_json":{"type":"object"}"#))
        _ = try await client.complete(request)
        #expect(server.requests.count == 4)
    }

    @Test func profilesDiffer() throws {
        func body(_ name: String) throws -> JSONValue {
            let provider = try #require(ProviderCatalog.provider(named: name))
            let message = provider.message(
                ModelFixture.request, to: ModelEndpoint(url: "http://x/v1/"), constraint: nil,
                isStreaming: false)
            #expect(message.url == "http://x/v1/chat/completions")
            return try JSONValue(parsing: message.body ?? [])
        }
        #expect(try body("ollama-v1")["tool_choice"] == nil)
        #expect(try body("llama-cpp")["max_tokens"] == 512)
        #expect(try body("llama-cpp")["parallel_tool_calls"] == nil)
        #expect(try body("vllm")["tools"]?.arrayValue?[0]["function"]?["strict"] == nil)
        #expect(Set(ProviderCatalog.all.map(\.name)).count == ProviderCatalog.all.count)
    }

    @Test func pricesAreDataAndUnknownIsNotZero() throws {
        let prices = try ModelPrices.shipped()
        #expect(prices.price(provider: "ollama", model: "any") == .free)
        #expect(prices.price(provider: "anthropic", model: "no-such-model") == nil)
        let price = ModelPrice(input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75)
        let usage = ModelUsage(
            inputTokens: 1_000_000, outputTokens: 100_000, cachedInputTokens: 500_000,
            cacheWriteTokens: 100_000)
        #expect(abs(price.costUSD(usage) - (0.4 * 3 + 0.5 * 0.3 + 0.1 * 3.75 + 1.5)) < 1e-9)
        #expect(price.costUSDMax(inputTokens: 1_000_000, outputTokens: 0) == 3.75)
    }
}
