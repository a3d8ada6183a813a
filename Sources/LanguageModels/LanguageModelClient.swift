package import HTTPTransport
internal import JSONText
package import RunModel
internal import Synchronization

/// A model behind a provider's API: sends, reads, counts, and names what went wrong.
///
/// Waits and repeats only what costs nothing (`WebClient`'s retries before an answer begins). An
/// answer that broke off was paid for: it is thrown with its usage, and whoever holds the budget
/// decides whether to ask again.
package struct LanguageModelClient: ModelClient {
    /// Answers larger than this are refused.
    package static let answerByteLimit = 8 << 20

    private let provider: any ModelProvider
    private let endpoint: ModelEndpoint
    private let web: WebClient
    private let isStreaming: Bool
    private let learnt: Learnt

    /// What was found out about the server: which constraint it knows.
    private final class Learnt: Sendable {
        let constraint = Mutex(0)
    }

    package init(
        provider: any ModelProvider, endpoint: ModelEndpoint, web: WebClient,
        isStreaming: Bool = true
    ) {
        self.provider = provider
        self.endpoint = endpoint
        self.web = web
        self.isStreaming = isStreaming
        learnt = Learnt()
    }

    package func complete(_ request: ModelRequest) async throws -> ModelAnswer {
        let subject = "\(provider.name) model \(request.model)"
        // A request that cannot fit is not sent: some servers cut it silently, others bill it.
        let needed = TokenEstimate.inputTokens(request) + request.outputTokenLimit
        guard needed <= endpoint.contextTokens else {
            throw ModelFailure(
                .contextFull, subject: subject,
                reason: "about \(needed) tokens are needed, its context has "
                    + "\(endpoint.contextTokens)",
                remedy: "Raise `context` in the models: block if the model takes more")
        }
        while true {
            let place = request.answerSchemaJSON == nil ? nil : learnt.constraint.withLock { $0 }
            let constraint = place.flatMap { place in
                place < provider.constraints.count ? provider.constraints[place] : nil
            }
            do {
                return try await once(request, constraint, subject)
            } catch let failure as ModelFailure where failure.kind == .badRequest {
                // Older servers refuse a field that they do not know: nothing was worked on.
                guard let place, constraint != nil else { throw failure }
                learnt.constraint.withLock { $0 = max($0, place + 1) }
            }
        }
    }

    private func once(
        _ request: ModelRequest, _ constraint: AnswerConstraint?, _ subject: String
    ) async throws -> ModelAnswer {
        var message = provider.message(
            request, to: endpoint, constraint: constraint, isStreaming: isStreaming)
        message.timeoutMilliseconds = request.timeoutMilliseconds
        message.responseByteLimit = Self.answerByteLimit
        message.isRepeatable = true
        var draft = AnswerDraft(subject: subject)
        // From a head that says yes on, the model worked, whatever came of it.
        var hasBegun = false
        do {
            let stream = try await web.stream(message)
            let head = stream.head
            guard head.isSuccess else {
                throw ProviderFault.failure(
                    status: head.status, body: try await stream.body.collected(), subject: subject,
                    model: request.model)
            }
            hasBegun = true
            if isStreaming, isStreamed(head) {
                try await read(stream.body, into: &draft)
            } else {
                // Asked for a stream or not: what came is one document.
                try provider.read(body: try await stream.body.collected(), into: &draft)
            }
        } catch var failure as ModelFailure {
            if hasBegun { failure.usage = draft.usage(of: request) }
            throw failure
        } catch is WebError where draft.stopReason != nil {
            // All but the farewell came; what is missing is its own count of the tokens.
        } catch let error as WebError {
            var failure = ProviderFault.failure(error, subject: subject)
            // Of a request that had no answer in time nobody knows; it counts.
            if hasBegun || failure.kind == .interrupted || failure.kind == .timedOut {
                failure.usage = draft.usage(of: request)
            }
            throw failure
        }
        let answer = draft.answer(to: request)
        if let cut = truncation(answer, subject) { throw cut }
        return answer
    }

    private func isStreamed(_ head: WebHead) -> Bool {
        let type = head.header("content-type")?.lowercased() ?? ""
        return switch provider.framing {
        case .serverSentEvents: type.contains("text/event-stream") || type.isEmpty
        case .lines: true
        }
    }

    private func read(_ body: WebBody, into draft: inout AnswerDraft) async throws {
        var splitter = StreamSplitter(provider.framing)
        for try await bytes in body {
            do {
                for part in try splitter.add(bytes) {
                    try provider.read(part: part, into: &draft)
                }
            } catch is StreamSplitter.TooLarge {
                throw ModelFailure(
                    .tooLarge, subject: draft.subject, reason: "one part of its stream has no end")
            }
            if draft.isComplete { return }
        }
        for part in splitter.finish() { try provider.read(part: part, into: &draft) }
        guard draft.isComplete || draft.stopReason != nil else {
            throw ModelFailure(
                .interrupted, subject: draft.subject,
                reason: "its stream ended in the middle of the answer")
        }
    }

    /// Ollama drops the beginning of what does not fit, and says so nowhere.
    private func truncation(_ answer: ModelAnswer, _ subject: String) -> ModelFailure? {
        guard provider is OllamaProvider, !answer.usage.isEstimated,
            answer.usage.inputTokens >= endpoint.contextTokens - OllamaProvider.truncationMargin
        else { return nil }
        return ModelFailure(
            .contextFull, subject: subject,
            reason: "it took in \(answer.usage.inputTokens) tokens, all that its context of "
                + "\(endpoint.contextTokens) has: the beginning was cut off",
            remedy: "Raise `context` in the models: block", usage: answer.usage)
    }
}
