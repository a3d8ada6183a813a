package import HTTPTransport
internal import JSONText
package import RunModel

/// `POST {base}/chat/completions`: OpenAI and the servers that speak its API.
///
/// What they do not have in common is a profile's; nothing asks a server what it is.
package struct OpenAICompatibleProvider: ModelProvider {
    package let name: String
    package let summary: String
    package let defaultEndpoint: String?
    package var needsKey = false
    package var constraints: [AnswerConstraint] = [.responseFormat]
    /// OpenAI's own name for the limit; most other servers read the older one.
    var limitField = "max_tokens"
    var hasToolChoice = true
    var hasStrictTools = false
    var hasParallelSwitch = false
    var hasUsageInStreams = true

    package var framing: StreamFraming { .serverSentEvents }

    package static let profiles: [any ModelProvider] = [
        OpenAICompatibleProvider(
            name: "openai", summary: "OpenAI's chat completions",
            defaultEndpoint: "https://api.openai.com/v1", needsKey: true,
            limitField: "max_completion_tokens", hasStrictTools: true, hasParallelSwitch: true),
        OpenAICompatibleProvider(
            name: "openrouter", summary: "OpenRouter",
            defaultEndpoint: "https://openrouter.ai/api/v1",
            needsKey: true, hasParallelSwitch: true),
        OpenAICompatibleProvider(
            name: "vllm", summary: "a vLLM server", defaultEndpoint: "http://127.0.0.1:8000/v1",
            constraints: [.responseFormat, .structuredOutputs, .guidedJSON],
            hasParallelSwitch: true),
        OpenAICompatibleProvider(
            name: "llama-cpp", summary: "llama.cpp's server",
            defaultEndpoint: "http://127.0.0.1:8080/v1",
            constraints: [.responseFormat, .schemaField]),
        OpenAICompatibleProvider(
            name: "lm-studio", summary: "LM Studio", defaultEndpoint: "http://127.0.0.1:1234/v1"),
        OpenAICompatibleProvider(
            name: "ollama-v1", summary: "Ollama through its OpenAI-compatible API",
            defaultEndpoint: "http://127.0.0.1:11434/v1", hasToolChoice: false),
        OpenAICompatibleProvider(
            name: "openai-compatible", summary: "any other server of this API",
            defaultEndpoint: nil),
    ]

    package func message(
        _ request: ModelRequest, to endpoint: ModelEndpoint, constraint: AnswerConstraint?,
        isStreaming: Bool
    ) -> WebRequest {
        var body: JSONValue = [
            "model": .string(request.model),
            "messages": .array(request.messages.map(Self.message)),
            "stream": .bool(isStreaming),
        ]
        body = body.adding(limitField, JSONValue(request.outputTokenLimit))
            .adding("temperature", request.temperature.map { JSONValue($0) })
            .adding("seed", request.seed.map { JSONValue($0) })
            .adding("reasoning_effort", request.effort.map { .string($0) })
        if isStreaming, hasUsageInStreams {
            body = body.adding("stream_options", ["include_usage": true])
        }
        if !request.tools.isEmpty {
            body = body.adding("tools", .array(request.tools.map(tool)))
            if hasToolChoice {
                let choice: JSONValue =
                    switch request.toolChoice {
                    case .automatic: "auto"
                    case .none: "none"
                    case .required: "required"
                    }
                body = body.adding("tool_choice", choice)
            }
            if hasParallelSwitch { body = body.adding("parallel_tool_calls", false) }
        }
        if let constraint, let schema = request.answerSchema {
            body = Self.constrained(body, by: constraint, schema)
        }
        var message = WebRequest(
            .post, endpoint.url + "/chat/completions", body: Array(body.text().utf8))
        message.set("content-type", "application/json")
        message.set("accept", isStreaming ? "text/event-stream" : "application/json")
        if let key = endpoint.key { message.set("authorization", "Bearer \(key)") }
        return message
    }

    private static func constrained(
        _ body: JSONValue, by constraint: AnswerConstraint, _ schema: JSONValue
    ) -> JSONValue {
        switch constraint {
        case .responseFormat:
            body.adding(
                "response_format",
                [
                    "type": "json_schema",
                    "json_schema": ["name": "answer", "strict": true, "schema": schema],
                ])
        case .structuredOutputs: body.adding("structured_outputs", ["json": schema])
        case .guidedJSON: body.adding("guided_json", schema)
        case .schemaField: body.adding("json_schema", schema)
        case .outputConfiguration, .format: body
        }
    }

    private func tool(_ tool: ModelTool) -> JSONValue {
        [
            "type": "function",
            "function": .present([
                "name": .string(tool.name), "description": .string(tool.description),
                "strict": hasStrictTools ? true : nil,
                "parameters": (try? JSONValue(parsing: tool.parametersJSON)) ?? .object([]),
            ]),
        ]
    }

    private static func message(_ message: ModelMessage) -> JSONValue {
        switch message.role {
        case .system, .user:
            ["role": .string(message.role.rawValue), "content": .string(message.text)]
        case .assistant:
            .present([
                "role": "assistant",
                "content": message.text.isEmpty && !message.toolCalls.isEmpty
                    ? .null : .string(message.text),
                "tool_calls": message.toolCalls.isEmpty
                    ? nil
                    : .array(
                        message.toolCalls.map { call in
                            [
                                "id": .string(call.id), "type": "function",
                                "function": [
                                    "name": .string(call.name),
                                    "arguments": .string(call.argumentsJSON),
                                ],
                            ]
                        }),
            ])
        case .tool:
            [
                "role": "tool", "tool_call_id": .string(message.toolCallID ?? ""),
                "content": .string(message.text),
            ]
        }
    }

    package func read(part: StreamPart, into draft: inout AnswerDraft) throws(ModelFailure) {
        if part.data.elementsEqual("[DONE]".utf8) {
            draft.isComplete = true
            return
        }
        let value = try draft.parsed(part.data)
        try Self.refuseError(value, draft)
        Self.usage(value["usage"], &draft)
        guard let choice = value["choices"]?.arrayValue?.first else { return }
        if let delta = choice["delta"] { Self.content(delta, &draft) }
        Self.finish(choice, &draft)
    }

    package func read(body: [UInt8], into draft: inout AnswerDraft) throws(ModelFailure) {
        let value = try draft.parsed(body)
        try Self.refuseError(value, draft)
        guard let choice = value["choices"]?.arrayValue?.first, let message = choice["message"]
        else { throw draft.malformed("an answer without choices[0].message") }
        Self.content(message, &draft)
        Self.finish(choice, &draft)
        Self.usage(value["usage"], &draft)
        draft.isComplete = true
    }

    /// Some servers say 200 and then that it went wrong.
    private static func refuseError(
        _ value: JSONValue, _ draft: AnswerDraft
    ) throws(ModelFailure) {
        guard let error = value["error"], error != .null else { return }
        let status = error["code"]?.integerValue ?? 500
        throw ProviderFault.failure(
            status: status, body: value.text().utf8, subject: draft.subject, model: "")
    }

    private static func content(_ message: JSONValue, _ draft: inout AnswerDraft) {
        if let text = message["content"]?.stringValue { draft.text += text }
        if let refusal = message["refusal"]?.stringValue {
            draft.text += refusal
            draft.stopReason = .refused
        }
        for name in ["reasoning_content", "reasoning"] {
            if let text = message[name]?.stringValue { draft.reasoning += text }
        }
        for (place, call) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
            let index = call["index"]?.integerValue ?? place
            var known = draft.calls[index] ?? AnswerDraft.Call()
            if let id = call["id"]?.stringValue, known.id.isEmpty { known.id = id }
            known.name += call["function"]?["name"]?.stringValue ?? ""
            let arguments = call["function"]?["arguments"]
            // A string by the book; some servers send the object itself.
            known.arguments +=
                arguments?.stringValue ?? arguments?.members.map { _ in
                    arguments?.text() ?? ""
                } ?? ""
            draft.calls[index] = known
        }
    }

    private static func finish(_ choice: JSONValue, _ draft: inout AnswerDraft) {
        guard let reason = choice["finish_reason"]?.stringValue else { return }
        if draft.stopReason != .refused {
            draft.stopReason =
                switch reason {
                case "length": .outputLimit
                case "tool_calls", "function_call": .toolCalls
                case "content_filter": .refused
                default: .finished
                }
        }
    }

    private static func usage(_ usage: JSONValue?, _ draft: inout AnswerDraft) {
        guard let usage, usage != .null else { return }
        draft.inputTokens = usage["prompt_tokens"]?.tokenCount ?? draft.inputTokens
        draft.outputTokens = usage["completion_tokens"]?.tokenCount ?? draft.outputTokens
        draft.cachedInputTokens =
            usage["prompt_tokens_details"]?["cached_tokens"]?.tokenCount
            ?? draft.cachedInputTokens
    }
}

extension ModelRequest {
    /// The schema as a document; `nil` without one, and for one that is no JSON.
    var answerSchema: JSONValue? {
        answerSchemaJSON.flatMap { try? JSONValue(parsing: $0) }
    }
}

extension ModelToolCall {
    /// The arguments as an object, for APIs that have one; empty for what is none, which the
    /// correction that follows quotes.
    var argumentsObject: JSONValue {
        guard let value = try? JSONValue(parsing: argumentsJSON), value.members != nil else {
            return .object([])
        }
        return value
    }
}
