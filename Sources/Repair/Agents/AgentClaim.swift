internal import JSONText

/// What an agent says of itself at its end: for the record, and for nothing else.
struct AgentClaim: Sendable, Equatable {
    var hasFailed = false
    var text = ""
    var costUSD: Double?
    var inputTokens = 0
    var outputTokens = 0

    /// - Parameter output: its standard output, in whatever form its maker documents.
    init(of kind: ExternalAgent.Kind, output: [UInt8]) {
        switch kind {
        case .claudeCode: readClaude(output)
        case .codex: readCodex(output)
        case .aider, .acp, .command: text = String(decoding: output.suffix(2_000), as: UTF8.self)
        }
    }

    /// One object, or the last of a stream of them: `{"type":"result","is_error":...}`.
    private mutating func readClaude(_ output: [UInt8]) {
        let lines = output.split(separator: UInt8(ascii: "\n"))
        let whole = try? JSONValue(parsing: output)
        let last = lines.reversed().lazy.compactMap { try? JSONValue(parsing: $0) }
            .first { $0["type"]?.stringValue == "result" }
        guard let value = whole ?? last else {
            hasFailed = true
            text = String(decoding: output.suffix(500), as: UTF8.self)
            return
        }
        hasFailed = value["is_error"]?.boolValue ?? true
        text = value["result"]?.stringValue ?? value["subtype"]?.stringValue ?? ""
        costUSD = value["total_cost_usd"].flatMap { $0.claimedAmount }
        inputTokens =
            (value["usage"]?["input_tokens"]?.claimedCount ?? 0)
            + (value["usage"]?["cache_read_input_tokens"]?.claimedCount ?? 0)
            + (value["usage"]?["cache_creation_input_tokens"]?.claimedCount ?? 0)
        outputTokens = value["usage"]?["output_tokens"]?.claimedCount ?? 0
    }

    /// One event a line; the last message, the sum of all turns.
    private mutating func readCodex(_ output: [UInt8]) {
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard let event = try? JSONValue(parsing: line) else { continue }
            switch event["type"]?.stringValue {
            case "turn.completed":
                inputTokens += event["usage"]?["input_tokens"]?.claimedCount ?? 0
                outputTokens += event["usage"]?["output_tokens"]?.claimedCount ?? 0
            case "turn.failed", "error":
                hasFailed = true
                text =
                    event["error"]?["message"]?.stringValue ?? event["message"]?.stringValue ?? ""
            case "item.completed" where event["item"]?["type"]?.stringValue == "agent_message":
                text = event["item"]?["text"]?.stringValue ?? ""
            default: continue
            }
        }
    }
}

extension JSONValue {
    /// A count that somebody else states: never negative, and small enough to be added up.
    var claimedCount: Int? { integerValue.map { min(max(0, $0), 1 << 40) } }

    /// An amount that somebody else states: finite and never negative.
    var claimedAmount: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else {
            return nil
        }
        return min(max(0, value), 1e9)
    }
}
