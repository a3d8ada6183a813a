package import HTTPTransport
internal import JSONText
package import RunModel

/// Anthropic's Messages API, version 2023-06-01.
package struct AnthropicProvider: ModelProvider {
    package let name = "anthropic"
    package let summary = "Anthropic's Messages API"
    package let defaultEndpoint: String? = "https://api.anthropic.com"
    package let needsKey = true
    package let constraints: [AnswerConstraint] = [.outputConfiguration]
    package var framing: StreamFraming { .serverSentEvents }

    package init() {}

    package func message(
        _ request: ModelRequest, to endpoint: ModelEndpoint, constraint: AnswerConstraint?,
        isStreaming: Bool
    ) -> WebRequest {
        let system = request.messages.filter { $0.role == .system }.map(\.text)
            .joined(separator: "\n\n")
        var body = JSONValue.present([
            "model": .string(request.model), "max_tokens": JSONValue(request.outputTokenLimit),
            "system": system.isEmpty
                ? nil
                : .array([
                    [
                        "type": "text", "text": .string(system),
                        "cache_control": ["type": "ephemeral"],
                    ]
                ]),
            "messages": .array(Self.turns(request.messages)), "stream": .bool(isStreaming),
            "temperature": request.temperature.map { JSONValue($0) },
        ])
        if !request.tools.isEmpty {
            body = body.adding("tools", .array(request.tools.map(Self.tool)))
            let choice =
                switch request.toolChoice {
                case .automatic: "auto"
                case .none: "none"
                case .required: "any"
                }
            body = body.adding(
                "tool_choice",
                .present([
                    "type": .string(choice),
                    "disable_parallel_tool_use": request.toolChoice == .none ? nil : true,
                ]))
        }
        let schema = constraint == .outputConfiguration ? request.answerSchema : nil
        if schema != nil || request.effort != nil {
            body = body.adding(
                "output_config",
                .present([
                    "format": schema.map { ["type": "json_schema", "schema": $0] },
                    "effort": request.effort.map { .string($0) },
                ]))
        }
        var message = WebRequest(
            .post, endpoint.url + "/v1/messages", body: Array(body.text().utf8))
        message.set("content-type", "application/json")
        message.set("anthropic-version", "2023-06-01")
        message.set("accept", isStreaming ? "text/event-stream" : "application/json")
        if let key = endpoint.key { message.set("x-api-key", key) }
        return message
    }

    private static func tool(_ tool: ModelTool) -> JSONValue {
        [
            "name": .string(tool.name), "description": .string(tool.description), "strict": true,
            "input_schema": (try? JSONValue(parsing: tool.parametersJSON)) ?? .object([]),
        ]
    }

    /// Turns alternate: what tools said goes into the user's next one, results first.
    private static func turns(_ messages: [ModelMessage]) -> [JSONValue] {
        var turns: [(role: String, blocks: [JSONValue])] = []
        for message in messages where message.role != .system {
            let role = message.role == .assistant ? "assistant" : "user"
            let blocks = blocks(message)
            guard !blocks.isEmpty else { continue }
            if turns.last?.role == role {
                turns[turns.count - 1].blocks += blocks
            } else {
                turns.append((role, blocks))
            }
        }
        return turns.map { ["role": .string($0.role), "content": .array($0.blocks)] }
    }

    private static func blocks(_ message: ModelMessage) -> [JSONValue] {
        if message.role == .tool {
            return [
                [
                    "type": "tool_result", "tool_use_id": .string(message.toolCallID ?? ""),
                    "content": .string(message.text), "is_error": .bool(message.isError),
                ]
            ]
        }
        var blocks: [JSONValue] = []
        // An empty text block is an error there.
        if !message.text.isEmpty { blocks.append(["type": "text", "text": .string(message.text)]) }
        for call in message.toolCalls {
            // What was no JSON object cannot be sent back as one; the correction says what it was.
            blocks.append([
                "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
                "input": call.argumentsObject,
            ])
        }
        return blocks
    }

    package func read(part: StreamPart, into draft: inout AnswerDraft) throws(ModelFailure) {
        let value = try draft.parsed(part.data)
        // The type within the data counts: proxies drop the event's name.
        switch value["type"]?.stringValue {
        case "message_start": Self.usage(value["message"]?["usage"], &draft)
        case "content_block_start":
            guard let block = value["content_block"], block["type"]?.stringValue == "tool_use"
            else {
                draft.text += value["content_block"]?["text"]?.stringValue ?? ""
                return
            }
            draft.calls[value["index"]?.integerValue ?? 0] = AnswerDraft.Call(
                id: block["id"]?.stringValue ?? "", name: block["name"]?.stringValue ?? "")
        case "content_block_delta":
            guard let delta = value["delta"] else { return }
            draft.text += delta["text"]?.stringValue ?? ""
            draft.reasoning += delta["thinking"]?.stringValue ?? ""
            if let fragment = delta["partial_json"]?.stringValue {
                draft.calls[value["index"]?.integerValue ?? 0]?.arguments += fragment
            }
        case "message_delta":
            Self.stop(value["delta"]?["stop_reason"]?.stringValue, &draft)
            Self.usage(value["usage"], &draft)
        case "message_stop": draft.isComplete = true
        case "error":
            let type = value["error"]?["type"]?.stringValue ?? ""
            throw ProviderFault.failure(
                status: Self.status(ofError: type), body: part.data, subject: draft.subject,
                model: "")
        default: return
        }
    }

    private static func status(ofError type: String) -> Int {
        switch type {
        case "invalid_request_error": 400
        case "authentication_error", "permission_error": 401
        case "not_found_error": 404
        case "request_too_large": 413
        case "rate_limit_error": 429
        case "overloaded_error": 529
        default: 500
        }
    }

    package func read(body: [UInt8], into draft: inout AnswerDraft) throws(ModelFailure) {
        let value = try draft.parsed(body)
        guard value["type"]?.stringValue == "message", let blocks = value["content"]?.arrayValue
        else { throw draft.malformed("an answer that is no message") }
        for (index, block) in blocks.enumerated() {
            switch block["type"]?.stringValue {
            case "text": draft.text += block["text"]?.stringValue ?? ""
            case "thinking": draft.reasoning += block["thinking"]?.stringValue ?? ""
            case "tool_use":
                draft.calls[index] = AnswerDraft.Call(
                    id: block["id"]?.stringValue ?? "", name: block["name"]?.stringValue ?? "",
                    arguments: block["input"]?.text() ?? "")
            default: continue
            }
        }
        Self.stop(value["stop_reason"]?.stringValue, &draft)
        Self.usage(value["usage"], &draft)
        draft.isComplete = true
    }

    private static func stop(_ reason: String?, _ draft: inout AnswerDraft) {
        guard let reason else { return }
        draft.stopReason =
            switch reason {
            case "tool_use": .toolCalls
            case "max_tokens": .outputLimit
            case "refusal": .refused
            case "model_context_window_exceeded": .contextFull
            default: .finished
            }
    }

    /// `input_tokens` excludes what was read from and written to the cache: all of it was input.
    private static func usage(_ usage: JSONValue?, _ draft: inout AnswerDraft) {
        guard let usage else { return }
        draft.outputTokens = usage["output_tokens"]?.tokenCount ?? draft.outputTokens
        guard let fresh = usage["input_tokens"]?.tokenCount else { return }
        draft.cachedInputTokens =
            usage["cache_read_input_tokens"]?.tokenCount ?? draft.cachedInputTokens
        draft.cacheWriteTokens =
            usage["cache_creation_input_tokens"]?.tokenCount ?? draft.cacheWriteTokens
        draft.inputTokens = fresh + draft.cachedInputTokens + draft.cacheWriteTokens
    }
}
