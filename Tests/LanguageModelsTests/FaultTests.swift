import Foundation
import HTTPTransport
import LanguageModels
import RunModel
import TestSupport
import Testing

/// Whatever a server does, it ends as an answer or as a failure that says what to do.
@Suite struct FaultTests {
    private static func failure(
        _ wire: ModelWire, request: ModelRequest = ModelFixture.request,
        contextTokens: Int = 65_536,
        isStreaming: Bool = true,
        _ handler: @escaping @Sendable (ScriptedServer.Request, Int) -> ScriptedServer.Script
    ) async throws -> (ModelFailure, Int) {
        let server = try ScriptedServer(handler)
        let client = try ModelFixture.client(
            wire, server.url, isStreaming: isStreaming, contextTokens: contextTokens)
        do {
            _ = try await client.complete(request)
            Issue.record("an answer came of it")
            throw CancellationError()
        } catch let failure as ModelFailure {
            #expect(!failure.description.contains(ModelFixture.key))
            #expect(!failure.reason.isEmpty)
            return (failure, server.requests.count)
        }
    }

    private static func error(_ wire: ModelWire, _ type: String, _ message: String) -> String {
        switch wire {
        case .openai:
            #"{"error":{"message":"\#(message)","type":"\#(type)","param":null,"code":"\#(type)"}}"#
        case .anthropic: #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
        case .ollama: #"{"error":"\#(message)"}"#
        }
    }

    private static let statuses: [(ModelWire, Int, ModelFailure.Kind, Int)] =
        ModelWire.allCases.flatMap { wire in
            [
                (wire, 401, .wrongKey, 1), (wire, 403, .wrongKey, 1), (wire, 404, .unknownModel, 1),
                (wire, 400, .badRequest, 1), (wire, 413, .tooLarge, 1), (wire, 429, .overloaded, 4),
                (wire, 500, .overloaded, 4), (wire, 503, .overloaded, 4),
                (wire, 529, .overloaded, 4),
            ]
        }

    @Test(arguments: statuses) func statusesMean(
        wire: ModelWire, status: Int, kind: ModelFailure.Kind, tries: Int
    ) async throws {
        let (failure, count) = try await Self.failure(wire) { _, _ in
            .answer(status, Self.error(wire, "some_error", "the server's own words"))
        }
        #expect(failure.kind == kind && count == tries)
        #expect(failure.description.contains("the server's own words"))
        #expect(failure.usage == ModelUsage(), "nothing was worked on")
    }

    @Test(arguments: ModelWire.allCases) func passingFaultsAreWaitedFor(
        wire: ModelWire
    ) async throws {
        let server = try ScriptedServer { request, number in
            switch number {
            case 0: .answer(529, Self.error(wire, "overloaded_error", "Overloaded"))
            case 1: .answer(429, "slow down", headers: [("Retry-After", "1")])
            case 2: ScriptedServer.Script([.reset])
            default: wire.script(ScriptedAnswer("at last"), streamed: wire.wantsStream(request))
            }
        }
        let answer = try await ModelFixture.client(wire, server.url).complete(ModelFixture.request)
        #expect(answer.text == "at last" && server.requests.count == 4)
    }

    /// Cut after every part: what came is counted, and nothing incomplete passes for an answer.
    @Test(arguments: ModelWire.allCases) func cutStreams(wire: ModelWire) async throws {
        let answer = ScriptedAnswer(
            String(repeating: "word ", count: 60), calls: [("add", #"{"a":1,"b":2}"#)])
        let parts = wire.parts(answer)
        var failures = 0
        for count in 1..<parts.count {
            for isReset in [false, true] {
                let server = try ScriptedServer { _, _ in
                    var script = ScriptedServer.Script.chunks(
                        Array(parts[..<count]), type: wire.streamType, isWhole: !isReset)
                    if isReset {
                        script.steps.append(.pause(milliseconds: 5))
                        script.steps.append(.reset)
                    }
                    return script
                }
                let client = try ModelFixture.client(wire, server.url)
                do {
                    let whole = try await client.complete(ModelFixture.request)
                    // Only its farewell may be missing.
                    #expect(whole.text == answer.text && whole.toolCalls.count == 1)
                } catch let failure as ModelFailure {
                    failures += 1
                    #expect(failure.kind == .interrupted && failure.isPassing, "\(failure)")
                    #expect(server.requests.count == 1)
                    if count >= 3 { #expect(failure.usage.totalTokens > 0) }
                }
            }
        }
        #expect(failures >= 2)
    }

    @Test(arguments: ModelWire.allCases) func usageOfACutStreamIsCountedHere(
        wire: ModelWire
    ) async throws {
        let text = String(repeating: "abcdef ", count: 100)
        let parts = wire.parts(ScriptedAnswer(text, inputTokens: 77))
        let last = parts.lastIndex { $0.contains("abcdef") } ?? 0
        let (failure, _) = try await Self.failure(wire) { _, _ in
            .chunks(Array(parts[...last]), type: wire.streamType, isWhole: false)
        }
        #expect(failure.kind == .interrupted)
        // Anthropic says at the beginning what went in; the others at the end.
        if wire == .anthropic { #expect(failure.usage.inputTokens == 77) }
        #expect(failure.usage.isEstimated || wire == .anthropic)
        #expect(failure.usage.inputTokens > 0)
    }

    private static let malformed: [(ModelWire, String)] = ModelWire.allCases.flatMap { wire in
        [
            (wire, "{"), (wire, "not json at all"), (wire, "[]"), (wire, "null"), (wire, "{}"),
            (wire, #"{"choices":"x","content":1,"message":2}"#),
            (wire, String(repeating: "[", count: 100_000)),
        ]
    }

    @Test(arguments: malformed.indices) func malformedAnswers(index: Int) async throws {
        let (wire, body) = Self.malformed[index]
        let (whole, _) = try await Self.failure(wire, isStreaming: false) { _, _ in
            .answer(200, body)
        }
        #expect(whole.kind == .malformed)
        let (streamed, _) = try await Self.failure(wire) { _, _ in
            .chunks(
                [wire == .ollama ? body + "\n" : "data: \(body)\n\n"], type: wire.streamType)
        }
        #expect([.malformed, .interrupted].contains(streamed.kind))
    }

    @Test(arguments: ModelWire.allCases) func errorsWithinStreams(wire: ModelWire) async throws {
        let parts = Array(wire.parts(ScriptedAnswer("half of an answer")).prefix(3))
        let event =
            switch wire {
            case .openai: "data: \(Self.error(wire, "server_error", "it broke"))\n\n"
            case .anthropic:
                "event: error\ndata: \(Self.error(wire, "overloaded_error", "it broke"))\n\n"
            case .ollama: Self.error(wire, "", "it broke") + "\n"
            }
        let (failure, _) = try await Self.failure(wire) { _, _ in
            .chunks(parts.filter { !$0.contains(#""done":true"#) } + [event], type: wire.streamType)
        }
        #expect(failure.kind == .overloaded && failure.description.contains("it broke"))
    }

    @Test(arguments: ModelWire.allCases) func refusalsAndLimitsAreAnswers(
        wire: ModelWire
    ) async throws {
        let model = try ScriptedModel(wire) { _, number in
            ScriptedAnswer("I can't.", stop: number == 0 ? "refusal" : "length")
        }
        let client = try ModelFixture.client(wire, model.server.url)
        let first = try await client.complete(ModelFixture.request)
        if wire != .ollama { #expect(first.stopReason == .refused && first.text == "I can't.") }
        #expect(try await client.complete(ModelFixture.request).stopReason == .outputLimit)
    }

    @Test func argumentsAreKeptAsTheyCame() async throws {
        for bad in [#"{"a":"#, "", "[1]", #"{"a":1}{"b":2}"#] {
            let model = try ScriptedModel(.openai) { _, _ in ScriptedAnswer(calls: [("add", bad)]) }
            let answer = try await ModelFixture.client(.openai, model.server.url)
                .complete(ModelFixture.request)
            #expect(answer.toolCalls.first?.argumentsJSON == (bad.isEmpty ? "{}" : bad))
        }
    }

    private static let contextErrors: [(ModelWire, Int, String)] = [
        (.openai, 400, #"{"error":{"code":"context_length_exceeded","message":"too long"}}"#),
        (
            .openai, 400,
            #"{"object":"error","message":"This model's maximum context length is 10"}"#
        ),
        (.openai, 400, #"{"error":{"code":400,"type":"exceed_context_size_error","message":"x"}}"#),
        (
            .anthropic, 400,
            #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9"}}"#
        ), (.ollama, 400, #"{"error":"input exceeds the available context size"}"#),
    ]

    @Test(arguments: contextErrors) func whatDoesNotFit(
        wire: ModelWire, status: Int, body: String
    ) async throws {
        let (failure, count) = try await Self.failure(wire) { _, _ in .answer(status, body) }
        #expect(failure.kind == .contextFull && !failure.isPassing && count == 1)
    }

    @Test(arguments: ModelWire.allCases) func whatCannotFitIsNotSent(wire: ModelWire) async throws {
        var request = ModelFixture.request
        request.messages.append(
            ModelMessage(role: .user, text: String(repeating: "x", count: 90_000)))
        let (failure, count) = try await Self.failure(
            wire, request: request, contextTokens: 8_192
        ) { _, _ in .answer(500) }
        #expect(failure.kind == .contextFull && count == 0)
    }

    /// Ollama cuts off the beginning of a prompt without a word.
    @Test func silentTruncationIsSeen() async throws {
        let (failure, _) = try await Self.failure(.ollama, contextTokens: 8_192) { _, _ in
            ModelWire.ollama.script(ScriptedAnswer("hm", inputTokens: 8_190), streamed: true)
        }
        #expect(failure.kind == .contextFull && failure.usage.inputTokens == 8_190)
    }

    @Test(arguments: ModelWire.allCases) func oversize(wire: ModelWire) async throws {
        let big = String(repeating: "x", count: 9 << 20)
        let (failure, _) = try await Self.failure(wire) { _, _ in
            .chunks([wire == .ollama ? big : "data: \(big)"], type: wire.streamType)
        }
        #expect(failure.kind == .tooLarge && failure.usage.inputTokens > 0)
    }

    @Test(arguments: ModelWire.allCases) func silenceEnds(wire: ModelWire) async throws {
        var request = ModelFixture.request
        request.timeoutMilliseconds = 400
        let parts = Array(wire.parts(ScriptedAnswer("some words here")).prefix(2))
        let (failure, count) = try await Self.failure(wire, request: request) { _, _ in
            .chunks(parts, type: wire.streamType, pauseMilliseconds: 450)
        }
        #expect([.timedOut, .interrupted].contains(failure.kind) && count == 1, "\(failure)")
    }

    @Test(arguments: ModelWire.allCases) func nobodyThere(wire: ModelWire) async throws {
        let client = try ModelFixture.client(wire, "http://127.0.0.1:9")
        let failure = await #expect(throws: ModelFailure.self) {
            try await client.complete(ModelFixture.request)
        }
        #expect(failure?.kind == .unreachable && failure?.usage == ModelUsage())
    }

    @Test func cancellationIsNoFailureOfTheModel() async throws {
        let server = try ScriptedServer { _, _ in
            .chunks(["data: {}\n\n"], type: "text/event-stream", pauseMilliseconds: 3_000)
        }
        let client = try ModelFixture.client(.openai, server.url)
        let task = Task { try await client.complete(ModelFixture.request) }
        try await Task.sleep(for: .milliseconds(150))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// A server that does not stream answers whole, whatever was asked.
    @Test(arguments: [ModelWire.openai, .anthropic]) func wholeInsteadOfStream(
        wire: ModelWire
    ) async throws {
        let server = try ScriptedServer { _, _ in
            wire.script(ScriptedAnswer("whole"), streamed: false)
        }
        let answer = try await ModelFixture.client(wire, server.url).complete(ModelFixture.request)
        #expect(answer.text == "whole")
    }
}
