import Foundation
import Synchronization

/// What a scripted model says, whatever the provider.
package struct ScriptedAnswer: Sendable {
    package struct Call: Sendable {
        package var name: String
        package var arguments: String
    }

    package var text: String
    package var calls: [Call]
    package var stop: String
    package var inputTokens: Int
    package var outputTokens: Int
    package var cachedTokens: Int
    /// What it thinks aloud first.
    package var reasoning = ""

    package init(
        _ text: String = "", calls: [(String, String)] = [], stop: String = "stop",
        inputTokens: Int = 100, outputTokens: Int = 20, cachedTokens: Int = 0
    ) {
        self.text = text
        self.calls = calls.map { Call(name: $0.0, arguments: $0.1) }
        self.stop = stop
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
    }
}

/// The wire formats of the three kinds of provider, as their documentation and their official
/// clients have them.
package enum ModelWire: String, Sendable, CaseIterable {
    case openai, anthropic, ollama

    /// Whether a request asks for a stream; Ollama streams unless it is told not to.
    package func wantsStream(_ request: ScriptedServer.Request) -> Bool {
        let body = Self.object(request.text)
        return body["stream"] as? Bool ?? (self == .ollama)
    }

    package static func object(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    static func json(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: value,
            options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    package var streamType: String {
        self == .ollama ? "application/x-ndjson" : "text/event-stream"
    }

    package func script(_ answer: ScriptedAnswer, streamed: Bool) -> ScriptedServer.Script {
        streamed
            ? .chunks(parts(answer), type: streamType)
            : .answer(200, whole(answer))
    }

    package func whole(_ answer: ScriptedAnswer) -> String {
        switch self {
        case .openai:
            var message: [String: Any] = [
                "role": "assistant", "content": answer.text.isEmpty ? NSNull() : answer.text,
                "refusal": answer.stop == "refusal" ? answer.text : NSNull(),
            ]
            if !answer.reasoning.isEmpty { message["reasoning_content"] = answer.reasoning }
            if !answer.calls.isEmpty {
                message["tool_calls"] = answer.calls.enumerated().map { index, call in
                    [
                        "id": "call_\(index)", "type": "function",
                        "function": ["name": call.name, "arguments": call.arguments],
                    ] as [String: Any]
                }
            }
            return Self.json([
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000,
                "model": "scripted",
                "choices": [
                    ["index": 0, "message": message, "finish_reason": openAIStop(answer)]
                ], "usage": openAIUsage(answer),
            ])
        case .anthropic:
            var blocks: [[String: Any]] = []
            if !answer.reasoning.isEmpty {
                blocks.append(["type": "thinking", "thinking": answer.reasoning, "signature": "s"])
            }
            if !answer.text.isEmpty { blocks.append(["type": "text", "text": answer.text]) }
            for (index, call) in answer.calls.enumerated() {
                blocks.append([
                    "type": "tool_use", "id": "toolu_\(index)", "name": call.name,
                    "input": Self.object(call.arguments),
                ])
            }
            return Self.json([
                "id": "msg_1", "type": "message", "role": "assistant", "model": "scripted",
                "content": blocks, "stop_reason": anthropicStop(answer),
                "stop_sequence": NSNull(), "usage": anthropicUsage(answer),
            ])
        case .ollama:
            return Self.json(ollama(answer, text: answer.text, isDone: true))
        }
    }

    /// The chunks of a streamed answer, text cut in the middle.
    package func parts(_ answer: ScriptedAnswer) -> [String] {
        let middle = answer.text.index(
            answer.text.startIndex, offsetBy: answer.text.count / 2)
        let halves = [String(answer.text[..<middle]), String(answer.text[middle...])]
            .filter { !$0.isEmpty }
        switch self {
        case .openai: return openAIParts(answer, halves)
        case .anthropic: return anthropicParts(answer, halves)
        case .ollama:
            func line(_ message: [String: Any]) -> String {
                Self.json([
                    "model": "scripted", "created_at": "2026-01-01T00:00:00Z", "message": message,
                    "done": false,
                ]) + "\n"
            }
            var before = halves.map { line(["role": "assistant", "content": $0]) }
            if !answer.reasoning.isEmpty {
                before.insert(
                    line(["role": "assistant", "content": "", "thinking": answer.reasoning]), at: 0)
            }
            return before + [Self.json(ollama(answer, text: "", isDone: true)) + "\n"]
        }
    }

    private func openAIParts(_ answer: ScriptedAnswer, _ halves: [String]) -> [String] {
        func chunk(_ delta: [String: Any], _ finish: Any = NSNull()) -> String {
            "data: "
                + Self.json([
                    "id": "chatcmpl-1", "object": "chat.completion.chunk",
                    "created": 1_700_000_000, "model": "scripted",
                    "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
                ]) + "\n\n"
        }
        var parts = [chunk(["role": "assistant", "content": ""])]
        if !answer.reasoning.isEmpty {
            parts.append(chunk(["reasoning_content": answer.reasoning]))
        }
        parts += halves.map { chunk([answer.stop == "refusal" ? "refusal" : "content": $0]) }
        for (index, call) in answer.calls.enumerated() {
            let half = call.arguments.index(
                call.arguments.startIndex, offsetBy: call.arguments.count / 2)
            parts.append(
                chunk([
                    "tool_calls": [
                        [
                            "index": index, "id": "call_\(index)", "type": "function",
                            "function": [
                                "name": call.name, "arguments": String(call.arguments[..<half]),
                            ],
                        ] as [String: Any]
                    ]
                ]))
            parts.append(
                chunk([
                    "tool_calls": [
                        [
                            "index": index,
                            "function": ["arguments": String(call.arguments[half...])],
                        ] as [String: Any]
                    ]
                ]))
        }
        parts.append(chunk([:], openAIStop(answer)))
        parts.append(
            "data: "
                + Self.json([
                    "id": "chatcmpl-1", "object": "chat.completion.chunk",
                    "created": 1_700_000_000, "model": "scripted", "choices": [] as [Any],
                    "usage": openAIUsage(answer),
                ]) + "\n\n")
        return parts + ["data: [DONE]\n\n"]
    }

    private func anthropicParts(_ answer: ScriptedAnswer, _ halves: [String]) -> [String] {
        func event(_ value: [String: Any]) -> String {
            "event: \(value["type"] ?? "")\ndata: \(Self.json(value))\n\n"
        }
        var usage = anthropicUsage(answer)
        usage["output_tokens"] = 1
        var parts = [
            event([
                "type": "message_start",
                "message": [
                    "id": "msg_1", "type": "message", "role": "assistant", "model": "scripted",
                    "content": [] as [Any], "stop_reason": NSNull(), "stop_sequence": NSNull(),
                    "usage": usage,
                ] as [String: Any],
            ]), event(["type": "ping"]),
        ]
        var index = 0
        func block(_ start: [String: Any], _ deltas: [[String: Any]]) {
            parts.append(
                event(["type": "content_block_start", "index": index, "content_block": start]))
            parts += deltas.map {
                event(["type": "content_block_delta", "index": index, "delta": $0])
            }
            parts.append(event(["type": "content_block_stop", "index": index]))
            index += 1
        }
        if !answer.reasoning.isEmpty {
            block(
                ["type": "thinking", "thinking": "", "signature": ""],
                [
                    ["type": "thinking_delta", "thinking": answer.reasoning],
                    ["type": "signature_delta", "signature": "s"],
                ])
        }
        if !halves.isEmpty {
            block(
                ["type": "text", "text": ""], halves.map { ["type": "text_delta", "text": $0] })
        }
        for (place, call) in answer.calls.enumerated() {
            let half = call.arguments.index(
                call.arguments.startIndex, offsetBy: call.arguments.count / 2)
            block(
                [
                    "type": "tool_use", "id": "toolu_\(place)", "name": call.name,
                    "input": [:] as [String: Any],
                ],
                [call.arguments[..<half], call.arguments[half...]].map {
                    ["type": "input_json_delta", "partial_json": String($0)]
                })
        }
        parts.append(
            event([
                "type": "message_delta",
                "delta": ["stop_reason": anthropicStop(answer), "stop_sequence": NSNull()],
                "usage": ["output_tokens": answer.outputTokens],
            ]))
        return parts + [event(["type": "message_stop"])]
    }

    private func ollama(_ answer: ScriptedAnswer, text: String, isDone: Bool) -> [String: Any] {
        var message: [String: Any] = ["role": "assistant", "content": text]
        if isDone, !text.isEmpty, !answer.reasoning.isEmpty {
            message["thinking"] = answer.reasoning
        }
        if !answer.calls.isEmpty {
            message["tool_calls"] = answer.calls.map { call in
                [
                    "function": ["name": call.name, "arguments": Self.object(call.arguments)]
                        as [String: Any]
                ]
            }
        }
        return [
            "model": "scripted", "created_at": "2026-01-01T00:00:00Z", "message": message,
            "done": isDone, "done_reason": answer.stop == "length" ? "length" : "stop",
            "total_duration": 5_000_000, "load_duration": 1_000_000,
            "prompt_eval_count": answer.inputTokens, "prompt_eval_duration": 1_000_000,
            "eval_count": answer.outputTokens, "eval_duration": 3_000_000,
        ]
    }

    private func openAIStop(_ answer: ScriptedAnswer) -> String {
        switch answer.stop {
        case "length": "length"
        case "refusal", "stop": answer.calls.isEmpty ? "stop" : "tool_calls"
        default: answer.stop
        }
    }

    private func anthropicStop(_ answer: ScriptedAnswer) -> String {
        switch answer.stop {
        case "length": "max_tokens"
        case "refusal": "refusal"
        case "stop": answer.calls.isEmpty ? "end_turn" : "tool_use"
        default: answer.stop
        }
    }

    private func openAIUsage(_ answer: ScriptedAnswer) -> [String: Any] {
        [
            "prompt_tokens": answer.inputTokens, "completion_tokens": answer.outputTokens,
            "total_tokens": answer.inputTokens + answer.outputTokens,
            "prompt_tokens_details": ["cached_tokens": answer.cachedTokens],
            "completion_tokens_details": ["reasoning_tokens": 0],
        ]
    }

    private func anthropicUsage(_ answer: ScriptedAnswer) -> [String: Any] {
        [
            "input_tokens": answer.inputTokens - answer.cachedTokens,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": answer.cachedTokens,
            "output_tokens": answer.outputTokens,
        ]
    }
}

/// A model on loopback that says what a test's script tells it, in a provider's wire format.
package final class ScriptedModel: Sendable {
    package let wire: ModelWire
    package let server: ScriptedServer

    /// - Parameter answer: gets the request's JSON text and how many came before it.
    package init(
        _ wire: ModelWire, _ answer: @escaping @Sendable (String, Int) -> ScriptedAnswer
    ) throws {
        self.wire = wire
        server = try ScriptedServer { request, number in
            wire.script(answer(request.text, number), streamed: wire.wantsStream(request))
        }
    }

    /// As an `endpoint:` of the provider's.
    package var endpoint: String { wire == .openai ? server.url + "/v1" : server.url }
}
