package import HTTPTransport
internal import JSONText
package import RunModel

/// Ollama's own API: `POST {host}/api/chat`, streams of one JSON document a line.
package struct OllamaProvider: ModelProvider {
    package let name = "ollama"
    package let summary = "Ollama's own API"
    package let defaultEndpoint: String? = "http://127.0.0.1:11434"
    package let needsKey = false
    package let constraints: [AnswerConstraint] = [.format]
    package var framing: StreamFraming { .lines }
    /// Tokens below its context at which a prompt counts as cut: it does so silently.
    static let truncationMargin = 16

    package init() {}

    package func message(
        _ request: ModelRequest, to endpoint: ModelEndpoint, constraint: AnswerConstraint?,
        isStreaming: Bool
    ) -> WebRequest {
        var names: [String: String] = [:]
        for call in request.messages.flatMap(\.toolCalls) { names[call.id] = call.name }
        let body = JSONValue.present([
            "model": .string(request.model),
            "messages": .array(request.messages.map { Self.message($0, names) }),
            "tools": request.tools.isEmpty ? nil : .array(request.tools.map(Self.tool)),
            "format": constraint == .format ? request.answerSchema : nil,
            "think": request.effort.map { .string($0) },
            "stream": .bool(isStreaming), "keep_alive": "5m",
            "options": [
                // Its default is 4096 on small machines, whatever the model can take.
                "num_ctx": JSONValue(endpoint.contextTokens),
                "num_predict": JSONValue(request.outputTokenLimit),
                "temperature": JSONValue(request.temperature ?? 0),
                "seed": JSONValue(request.seed ?? 1),
            ],
        ])
        var message = WebRequest(.post, endpoint.url + "/api/chat", body: Array(body.text().utf8))
        message.set("content-type", "application/json")
        message.set("accept", isStreaming ? "application/x-ndjson" : "application/json")
        if let key = endpoint.key { message.set("authorization", "Bearer \(key)") }
        return message
    }

    private static func tool(_ tool: ModelTool) -> JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description),
                "parameters": (try? JSONValue(parsing: tool.parametersJSON)) ?? .object([]),
            ],
        ]
    }

    private static func message(_ message: ModelMessage, _ names: [String: String]) -> JSONValue {
        .present([
            "role": .string(message.role.rawValue), "content": .string(message.text),
            "tool_calls": message.toolCalls.isEmpty
                ? nil
                : .array(
                    message.toolCalls.map { call in
                        [
                            "id": .string(call.id),
                            "function": [
                                "name": .string(call.name),
                                // An object here, where OpenAI has a string.
                                "arguments": call.argumentsObject,
                            ],
                        ]
                    }),
            "tool_name": message.toolCallID.flatMap { names[$0] }.map { .string($0) },
            "tool_call_id": message.toolCallID.map { .string($0) },
        ])
    }

    package func read(part: StreamPart, into draft: inout AnswerDraft) throws(ModelFailure) {
        try Self.read(try draft.parsed(part.data), into: &draft)
    }

    package func read(body: [UInt8], into draft: inout AnswerDraft) throws(ModelFailure) {
        let value = try draft.parsed(body)
        guard value["message"]?.members != nil || value["error"] != nil else {
            throw draft.malformed("an answer without a message")
        }
        try Self.read(value, into: &draft)
    }

    private static func read(_ value: JSONValue, into draft: inout AnswerDraft) throws(ModelFailure)
    {
        if let error = value["error"] {
            throw ProviderFault.failure(
                status: 500, body: (["error": error] as JSONValue).text().utf8,
                subject: draft.subject, model: "")
        }
        let message = value["message"]
        draft.text += message?["content"]?.stringValue ?? ""
        draft.reasoning += message?["thinking"]?.stringValue ?? ""
        for call in message?["tool_calls"]?.arrayValue ?? [] {
            let arguments = call["function"]?["arguments"]
            draft.calls[draft.calls.count] = AnswerDraft.Call(
                id: call["id"]?.stringValue ?? "",
                name: call["function"]?["name"]?.stringValue ?? "",
                arguments: arguments?.stringValue ?? arguments?.text() ?? "")
        }
        draft.inputTokens = value["prompt_eval_count"]?.tokenCount ?? draft.inputTokens
        draft.outputTokens = value["eval_count"]?.tokenCount ?? draft.outputTokens
        guard value["done"]?.boolValue == true else { return }
        draft.isComplete = true
        draft.stopReason = value["done_reason"]?.stringValue == "length" ? .outputLimit : .finished
    }
}
