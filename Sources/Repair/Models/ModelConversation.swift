internal import JSONText
internal import RunModel

/// Why a role could not do its work; the next stronger model may be able to.
struct Stuck: Error, Sendable, Equatable, CustomStringConvertible {
    var description: String
    /// Whether the model could not be asked at all.
    var isUnavailable = false

    init(_ description: String) { self.description = description }

    init(_ failure: ModelFailure) {
        description = failure.description
        isUnavailable = [.unreachable, .wrongKey, .unknownModel, .overloaded].contains(failure.kind)
    }
}

/// One role's talk with one model: counted before and after each call, recorded, and kept within
/// the model's context.
struct ModelConversation {
    /// Repetitions of a call that failed in passing, each with a reservation of its own.
    private static let repetitions = 2
    private static let outputTokensMin = 256
    private static let recordedCharacters = 4_000
    /// The newest messages that are never summarised.
    private static let keptMessages = 8

    let role: ModelRole
    let model: RepairModel
    let access: ModelAccess
    private(set) var messages: [ModelMessage]

    init(role: ModelRole, model: RepairModel, access: ModelAccess, task: String) {
        self.role = role
        self.model = model
        self.access = access
        messages = [
            ModelMessage(role: .system, text: role.instruction),
            ModelMessage(role: .user, text: task),
        ]
    }

    mutating func add(_ message: ModelMessage) { messages.append(message) }

    /// - Throws: `Stuck`, `ModelBudgetRefusal`, `CancellationError`, or what the recorder throws.
    mutating func ask(
        tools: [ModelTool] = [], schema: String? = nil
    ) async throws -> ModelAnswer {
        summariseOldTurns(tools)
        var request = ModelRequest(
            model: model.name, messages: messages, outputTokenLimit: model.outputTokens,
            timeoutMilliseconds: model.timeoutMilliseconds)
        request.tools = tools
        request.answerSchemaJSON = schema
        request.temperature = model.temperature
        request.effort = model.effort
        var last: ModelFailure?
        for number in 0...Self.repetitions {
            do {
                let answer = try await once(request, number)
                var message = ModelMessage(
                    role: .assistant, text: answer.text, toolCalls: answer.toolCalls)
                if message.text.isEmpty, message.toolCalls.isEmpty { message.text = "(nothing)" }
                messages.append(message)
                return answer
            } catch let failure as ModelFailure {
                last = failure
                guard failure.isPassing else { break }
            }
        }
        throw last.map { Stuck($0) } ?? Stuck("\(model.id) does not answer")
    }

    /// One call: reserved, made, settled, recorded. What failed is settled and recorded as well.
    private func once(_ request: ModelRequest, _ number: Int) async throws -> ModelAnswer {
        let inputMax = TokenEstimate.inputTokensMax(request)
        let reservation = try await access.meter.reserve(
            model: model, inputTokensMax: inputMax,
            outputTokensMin: min(Self.outputTokensMin, request.outputTokenLimit),
            outputTokensMax: request.outputTokenLimit)
        var request = request
        request.outputTokenLimit = reservation.outputTokens
        let started = ContinuousClock.now
        var milliseconds: JSONValue {
            JSONValue(Int((ContinuousClock.now - started) / .milliseconds(1)))
        }
        do {
            let answer = try await model.client.complete(request)
            try await access.meter.settle(reservation, usage: answer.usage)
            let reasoning: JSONValue? =
                access.recordsReasoning && !answer.reasoning.isEmpty
                ? .string(Self.recorded(answer.reasoning)) : nil
            try await access.recorder.record(
                "model.answered",
                .present([
                    "role": .string(role.rawValue), "model": .string(model.id),
                    "input_tokens": JSONValue(answer.usage.inputTokens),
                    "output_tokens": JSONValue(answer.usage.outputTokens),
                    "cached_tokens": JSONValue(answer.usage.cachedInputTokens),
                    "is_estimated": .bool(answer.usage.isEstimated),
                    "stop": .string(answer.stopReason.rawValue), "duration_ms": milliseconds,
                    "text": .string(Self.recorded(answer.text)),
                    "calls": .array(answer.toolCalls.map { .string($0.name) }),
                    "reasoning": reasoning,
                ]))
            return answer
        } catch {
            let usage = (error as? ModelFailure)?.usage ?? ModelUsage()
            try await access.meter.settle(reservation, usage: usage)
            try await access.recorder.record(
                "model.failed",
                [
                    "role": .string(role.rawValue), "model": .string(model.id),
                    "try": JSONValue(number + 1), "reason": .string(Self.recorded("\(error)")),
                    "input_tokens": JSONValue(usage.inputTokens),
                    "output_tokens": JSONValue(usage.outputTokens), "duration_ms": milliseconds,
                ])
            throw error
        }
    }

    static func recorded(_ text: String) -> String {
        let clean = SecretShapes.redacted(text)
        return clean.count <= recordedCharacters ? clean : clean.prefix(recordedCharacters) + "…"
    }

    /// An answer that fits a schema: constrained by the provider where it can, checked here always.
    mutating func askStructured(_ schemaText: String) async throws -> JSONValue {
        let schema = try JSONSchema(parsing: schemaText)
        messages.append(
            ModelMessage(
                role: .user,
                text: "Answer with one JSON document that fits this schema, and nothing else:\n"
                    + schema.value.text()))
        for _ in 0...access.limits.corrections {
            let answer = try await ask(schema: schema.value.text())
            guard answer.stopReason != .refused else {
                throw Stuck("\(model.id) refuses: \(answer.text.prefix(200))")
            }
            let problem: String
            do {
                let value = try Self.document(in: answer.text).completed(for: schema)
                let violations = schema.violations(of: value)
                if violations.isEmpty { return value }
                problem = violations.map(\.description).joined(separator: "; ")
            } catch {
                problem =
                    answer.stopReason == .outputLimit
                    ? "it was cut off at \(model.outputTokens) tokens: be shorter" : "\(error)"
            }
            try await access.recorder.record(
                "model.corrected",
                ["role": .string(role.rawValue), "reason": .string(problem)])
            messages.append(
                ModelMessage(
                    role: .user,
                    text:
                        "That does not fit the schema: \(problem). Answer with the corrected JSON "
                        + "document and nothing else."))
        }
        throw Stuck("\(model.id) gives no answer that fits its schema")
    }

    /// The document of an answer, within the fences or words that unconstrained models put around.
    private static func document(in text: String) throws(JSONSyntaxError) -> JSONValue {
        do { return try JSONValue(parsing: text) } catch {
            guard let first = text.firstIndex(of: "{"), let last = text.lastIndex(of: "}"),
                first < last
            else { throw error }
            return try JSONValue(parsing: text[first...last].utf8)
        }
    }

    /// Replaces what old tools said by one line each once the conversation grows too long. Calls
    /// and results stay in pairs, as every provider demands.
    private mutating func summariseOldTurns(_ tools: [ModelTool]) {
        func size() -> Int {
            var request = ModelRequest(model: model.name, messages: messages)
            request.tools = tools
            return TokenEstimate.inputTokens(request)
        }
        let bound = Int(
            Double(model.contextTokens - model.outputTokens) * access.limits.summaryShare)
        guard size() > bound else { return }
        for index in messages.indices.dropFirst(2).dropLast(Self.keptMessages) {
            let text = messages[index].text
            guard messages[index].role == .tool || messages[index].role == .assistant,
                text.count > 200
            else { continue }
            let first = text.split(separator: "\n").first(where: { !$0.hasPrefix("`") }) ?? ""
            messages[index].text =
                "[summarised: \(first.prefix(120)); \(text.count) characters; ask again if needed]"
            if size() <= bound { return }
        }
    }
}
