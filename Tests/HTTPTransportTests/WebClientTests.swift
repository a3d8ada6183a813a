import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite struct WebClientTests {
    private final class Waits: Sendable {
        let list = Mutex<[Int]>([])
    }

    private static func client(
        _ waits: Waits = Waits(), _ change: (inout WebClientOptions) -> Void = { _ in }
    ) throws -> WebClient {
        var options = WebClientOptions()
        options.pause = { milliseconds in waits.list.withLock { $0.append(milliseconds) } }
        change(&options)
        return try WebClient(options)
    }

    @Test func sendsAndReceivesWhole() async throws {
        let server = try ScriptedServer { request, _ in
            .answer(201, "{\"got\":\"\(request.text)\"}", headers: [("X-Seen", request.method)])
        }
        var request = WebRequest(.post, server.url + "/a?b=c", body: Array("hello".utf8))
        request.set("Authorization", "Bearer a-secret-token")
        let answer = try await Self.client().send(request)
        #expect(answer.status == 201 && answer.text == #"{"got":"hello"}"#)
        #expect(answer.header("x-seen") == "POST" && answer.tries == 1)
        let seen = try #require(server.requests.first)
        #expect(seen.target == "/a?b=c")
        #expect(seen.header("authorization") == "Bearer a-secret-token")
    }

    @Test(arguments: [408, 409, 425, 429, 500, 502, 503, 504, 529])
    func retriesWhatPasses(status: Int) async throws {
        let server = try ScriptedServer { _, number in
            number < 2 ? .answer(status, "later") : .answer(200, "now")
        }
        let waits = Waits()
        let answer = try await Self.client(waits).send(WebRequest(.get, server.url))
        #expect(answer.status == 200 && answer.tries == 3)
        let list = waits.list.withLock { $0 }
        #expect(list.count == 2 && list[0] >= 250 && list[0] <= 500 && list[1] >= 500)
    }

    @Test func givesTheLastAnswerWhenNothingHelps() async throws {
        let server = try ScriptedServer { _, _ in .answer(503, "down") }
        let answer = try await Self.client().send(WebRequest(.get, server.url))
        #expect(answer.status == 503 && answer.tries == 4 && server.requests.count == 4)
    }

    @Test(arguments: [400, 401, 403, 404, 422]) func doesNotRepeatWhatIsFinal(
        status: Int
    ) async throws {
        let server = try ScriptedServer { _, _ in .answer(status) }
        let answer = try await Self.client().send(WebRequest(.get, server.url))
        #expect(answer.status == status && server.requests.count == 1)
    }

    @Test func waitsAsLongAsItIsAsked() async throws {
        let server = try ScriptedServer { _, number in
            switch number {
            case 0: .answer(429, headers: [("Retry-After", "7")])
            case 1: .answer(429, headers: [("retry-after-ms", "9100")])
            default: .answer(200)
            }
        }
        let waits = Waits()
        _ = try await Self.client(waits).send(WebRequest(.get, server.url))
        #expect(waits.list.withLock { $0 } == [7_000, 9_100])
    }

    @Test func tooMuchPatienceIsNotHad() async throws {
        let server = try ScriptedServer { _, _ in .answer(429, headers: [("Retry-After", "3600")]) }
        let answer = try await Self.client().send(WebRequest(.get, server.url))
        #expect(answer.status == 429 && answer.tries == 1)
    }

    /// A pull request must not be opened twice because its answer was lost.
    @Test func whatMayHaveBeenDoneIsNotRepeated() async throws {
        let server = try ScriptedServer { _, _ in .answer(502) }
        let post = WebRequest(.post, server.url, body: [1])
        #expect(try await Self.client().send(post).status == 502)
        #expect(server.requests.count == 1)
        let cut = try ScriptedServer { _, _ in ScriptedServer.Script([.reset]) }
        await #expect(throws: WebError.self) {
            try await Self.client().send(WebRequest(.post, cut.url, body: [1]))
        }
        #expect(cut.requests.count == 1)
        let limited = try ScriptedServer { _, number in .answer(number == 0 ? 429 : 200) }
        #expect(
            try await Self.client().send(WebRequest(.post, limited.url, body: [1])).status == 200)
    }

    @Test func aCutAnswerIsAnErrorAfterRetries() async throws {
        let server = try ScriptedServer { _, _ in .chunks(["a", "b"], type: "x/y", isWhole: false) }
        let error = await #expect(throws: WebError.self) {
            try await Self.client().send(WebRequest(.get, server.url))
        }
        #expect(error?.kind == .interrupted && error?.tries == 4)
    }

    @Test func nobodyThere() async throws {
        let server = try ScriptedServer { _, _ in .answer(200) }
        let url = server.url
        _ = consume server
        let error = await #expect(throws: WebError.self) {
            try await Self.client().send(WebRequest(.post, url))
        }
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
    }

    @Test func timeEnds() async throws {
        let server = try ScriptedServer { _, _ in
            ScriptedServer.Script([.pause(milliseconds: 60_000)])
        }
        var request = WebRequest(.get, server.url)
        request.timeoutMilliseconds = 200
        let started = ContinuousClock.now
        let error = await #expect(throws: WebError.self) {
            try await Self.client().send(request)
        }
        #expect(error?.kind == .timedOut)
        #expect(ContinuousClock.now - started < .seconds(50))
    }

    @Test func aDrippingAnswerEndsWithItsTime() async throws {
        let server = try ScriptedServer { _, _ in
            .chunks(Array(repeating: "x", count: 100), type: "x/y", pauseMilliseconds: 40)
        }
        var request = WebRequest(.get, server.url)
        request.timeoutMilliseconds = 300
        let error = await #expect(throws: WebError.self) {
            for try await _ in try await Self.client().stream(request).body {}
        }
        #expect(error?.kind == .timedOut)
    }

    @Test(arguments: [true, false]) func tooMuchIsRefused(announced: Bool) async throws {
        let server = try ScriptedServer { _, _ in
            let text = String(repeating: "x", count: 5_000)
            return announced ? .answer(200, text) : .chunks([text], type: "x/y")
        }
        var request = WebRequest(.get, server.url)
        request.responseByteLimit = 1_000
        let error = await #expect(throws: WebError.self) {
            try await Self.client().send(request)
        }
        #expect(error?.kind == .tooLarge && server.requests.count == 1)
    }

    @Test func cancellationEndsIt() async throws {
        let server = try ScriptedServer { _, _ in
            ScriptedServer.Script([.pause(milliseconds: 60_000)])
        }
        let client = try Self.client()
        let task = Task { try await client.send(WebRequest(.get, server.url)) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let started = ContinuousClock.now
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - started < .seconds(50))
    }

    @Test func bodiesComeAsTheyAreSent() async throws {
        let server = try ScriptedServer { _, _ in
            .chunks(["one", "two", "three"], type: "x/y", pauseMilliseconds: 20)
        }
        let stream = try await Self.client().stream(WebRequest(.get, server.url))
        var parts = 0
        var text = ""
        for try await chunk in stream.body {
            parts += 1
            text += String(decoding: chunk, as: UTF8.self)
        }
        #expect(parts >= 2 && text == "onetwothree")
    }

    @Test func redirectionsLeaveCredentialsBehind() async throws {
        let other = try ScriptedServer { _, _ in .answer(200, "log") }
        let target = other.url
        let server = try ScriptedServer { _, _ in
            .answer(302, headers: [("Location", target + "/log")])
        }
        var request = WebRequest(.get, server.url)
        request.set("PRIVATE-TOKEN", "glpat-1234567890")
        #expect(try await Self.client().send(request).status == 302)
        request.redirectLimit = 3
        #expect(try await Self.client().send(request).text == "log")
        #expect(other.requests.first?.header("private-token") == nil)
        #expect(server.requests.last?.header("private-token") == "glpat-1234567890")
    }

    @Test func circlesEnd() async throws {
        let server = try ScriptedServer { _, _ in .answer(302, headers: [("Location", "/again")]) }
        var request = WebRequest(.get, server.url)
        request.redirectLimit = 3
        let error = await #expect(throws: WebError.self) { try await Self.client().send(request) }
        #expect(error?.kind == .redirected && server.requests.count == 4)
    }

    @Test func badRequestsAreNotSent() async throws {
        var request = WebRequest(.get, "http://127.0.0.1:1/")
        request.set("x-api-key", "one\r\nX-Other: two")
        for bad in [
            request, WebRequest(.get, "file:///etc/passwd"),
            WebRequest(.get, "http://user:password@127.0.0.1/"), WebRequest(.get, "nonsense"),
        ] {
            let error = await #expect(throws: WebError.self) {
                try await Self.client().send(bad)
            }
            #expect(error?.kind == .invalidRequest)
            #expect(error.map { !"\($0)".contains("password@") } ?? false)
        }
    }
}
