internal import JSONText
package import RunModel

/// An answer as far as it has come.
package struct AnswerDraft: Sendable {
    package struct Call: Sendable, Equatable {
        var id = ""
        var name = ""
        var arguments = ""
    }

    package var subject: String
    package var text = ""
    /// What a reasoning model thought aloud; recorded only where that is wanted.
    package var reasoning = ""
    /// By the provider's own index.
    package var calls: [Int: Call] = [:]
    package var stopReason: ModelAnswer.StopReason?
    /// Whether the provider said that this is all.
    package var isComplete = false
    package var inputTokens: Int?
    package var outputTokens: Int?
    package var cachedInputTokens = 0
    package var cacheWriteTokens = 0

    package init(subject: String) { self.subject = subject }

    /// Bytes that the model wrote, for counting where the provider does not.
    private var writtenBytes: Int {
        text.utf8.count + reasoning.utf8.count
            + calls.values.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
    }

    package func usage(of request: ModelRequest) -> ModelUsage {
        // A server that counts nothing has not used nothing: a budget must hold all the same.
        let input = inputTokens.flatMap { $0 > 0 ? $0 : nil }
        let output = outputTokens.flatMap { $0 > 0 || writtenBytes == 0 ? $0 : nil }
        let total = input ?? TokenEstimate.inputTokens(request)
        let cached = min(cachedInputTokens, total)
        return ModelUsage(
            inputTokens: total, outputTokens: output ?? TokenEstimate.tokens(bytes: writtenBytes),
            cachedInputTokens: cached, cacheWriteTokens: min(cacheWriteTokens, total - cached),
            isEstimated: input == nil || output == nil)
    }

    package func answer(to request: ModelRequest) -> ModelAnswer {
        let calls = calls.sorted { $0.key < $1.key }.enumerated().map { place, entry in
            ModelToolCall(
                // Some servers send none, and every result must name its call.
                id: entry.value.id.isEmpty ? "call_\(place + 1)" : entry.value.id,
                name: entry.value.name,
                argumentsJSON: entry.value.arguments.isEmpty ? "{}" : entry.value.arguments)
        }
        var reason = stopReason ?? .finished
        if reason == .finished, !calls.isEmpty { reason = .toolCalls }
        return ModelAnswer(
            text: text, toolCalls: calls, stopReason: reason, usage: usage(of: request),
            reasoning: reasoning)
    }

    package func malformed(_ reason: String) -> ModelFailure {
        ModelFailure(
            .malformed, subject: subject, reason: "it sent what its API does not have: \(reason)",
            remedy: "Check that the endpoint speaks the API of its provider")
    }

    func parsed(_ text: some Sequence<UInt8>) throws(ModelFailure) -> JSONValue {
        do { return try JSONValue(parsing: text) } catch { throw malformed("\(error)") }
    }
}

extension JSONValue {
    /// A count of tokens as a server states it: never negative, and small enough to be added up.
    var tokenCount: Int? { integerValue.map { min(max(0, $0), 1 << 40) } }
}
