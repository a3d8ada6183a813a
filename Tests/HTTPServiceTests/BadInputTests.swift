import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import HTTPService

/// What no well-behaved client sends: the right status, one message, and nobody else notices.
@Suite(.serialized) struct BadInputTests {
    // Only ever asked.
    nonisolated(unsafe) private static let service: BuiltService = {
        do { return try BuiltService() } catch { preconditionFailure("\(error)") }
    }()

    private struct Sandbox {
        var id: String
        var headers: [String]
    }

    private static func sandbox() throws -> Sandbox {
        let created = try TestClient(service).send(
            "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":120}"#)
        let id = try #require(created.object["sandboxID"] as? String)
        let token = try #require(created.object["envdAccessToken"] as? String)
        return Sandbox(
            id: id,
            headers: [
                "e2b-sandbox-id: \(id)", "e2b-sandbox-port: 49983", "x-access-token: \(token)",
            ])
    }

    private static func isPlain(_ answer: TestClient.Answer) -> Bool {
        let text = answer.body
        return answer.object["message"] is String && !text.contains(".swift")
            && !text.contains("Sources/") && !text.contains("Fatal") && !text.contains("0x")
    }

    static let wrong: [(String, String, String?, Int)] = [
        ("POST", "/v2/sandboxes", "[]", 400), ("POST", "/v2/sandboxes", "nonsense", 400),
        ("POST", "/v2/sandboxes", #"{"templateID":1}"#, 400),
        ("POST", "/v2/sandboxes", #"{"templateID":"none"}"#, 404),
        ("POST", "/v2/sandboxes", #"{"templateID":"../../etc"}"#, 404),
        ("POST", "/v2/sandboxes", #"{"templateID":"base","timeout":-1}"#, 400),
        ("POST", "/v2/sandboxes", #"{"templateID":"base","timeout":1e30}"#, 400),
        ("POST", "/v2/sandboxes", #"{"templateID":"base","envVars":{"A=B":"c"}}"#, 400),
        (
            "POST", "/v2/sandboxes",
            #"{"templateID":"base","network":{"allowOut":["@record=/etc"]}}"#, 400
        ),
        (
            "POST", "/v2/sandboxes", #"{"templateID":"base","network":{"allowOut":["127.0.0.1"]}}"#,
            400
        ),
        ("GET", "/v2/sandboxes?limit=0", nil, 400),
        ("GET", "/v2/sandboxes?nextToken=!!!", nil, 400),
        ("GET", "/sandboxes/i00000000000000000", nil, 404),
        ("DELETE", "/sandboxes/..%2f..%2fetc", nil, 404),
        ("POST", "/v1/sessions", #"{"repository":"../../etc"}"#, 404),
        ("POST", "/v1/sessions", #"{"repository":"x","more":1}"#, 400),
        ("GET", "/v1/jobs?limit=1&limit=2", nil, 400), ("GET", "/v1/jobs?unknown=1", nil, 400),
        ("GET", "/v1/jobs/%00", nil, 404), ("POST", "/v1/webhooks/none", "{}", 404),
        ("GET", "/v1/sessions/x/files?path=", nil, 400),
    ]

    @Test(arguments: wrong)
    func whatIsWrongIsSaidPlainly(
        method: String, path: String, body: String?, status: Int
    ) throws {
        let answer = try TestClient(Self.service).send(method, path, body: body)
        #expect(answer.status == status, "\(method) \(path): \(answer.status) \(answer.body)")
        #expect(Self.isPlain(answer), "\(answer.body)")
    }

    /// Deep documents end the parser's patience, not the process.
    @Test func deepAndHugeDocumentsAreRefused() throws {
        let client = TestClient(Self.service)
        let deep = String(repeating: "[", count: 200_000)
        #expect(try client.send("POST", "/v1/runs", body: deep).status == 400)
        let nested =
            #"{"command":"# + String(repeating: "[", count: 50_000)
            + String(repeating: "]", count: 50_000) + "}"
        #expect(try client.send("POST", "/v1/runs", body: nested).status == 400)
        #expect(try client.send("POST", "/mcp", body: deep).status >= 400)
        let huge = #"{"templateID":""# + String(repeating: "x", count: 3 << 20) + #""}"#
        #expect(try client.send("POST", "/v2/sandboxes", body: huge).status == 413)
        #expect(try client.send("GET", "/healthz").status == 200)
    }

    /// Links of the workload's, and paths that leave: what is outside is neither read nor written.
    @Test func filesStayInside() throws {
        let client = TestClient(Self.service)
        let sandbox = try Self.sandbox()
        let secret = NSTemporaryDirectory() + "drydock-secret-\(UUID().uuidString)"
        try "outside".write(toFile: secret, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: secret) }
        try run(
            sandbox,
            "ln -s \(secret) /home/user/link; ln -s / /home/user/root; "
                + "ln -s /proc/self/root/proc/1/root /home/user/magic; ln -s \(secret) /home/user/target"
        )
        for path in [
            "/home/user/link", "/home/user/root\(secret)", "/../../../../..\(secret)",
            "/home/user/magic\(secret)", "/proc/1/root\(secret)", "/proc/self/root\(secret)",
            "/proc/self/cwd/../../..\(secret)",
        ] {
            let answer = try client.send(
                "GET", "/files?path=\(path)", headers: sandbox.headers)
            #expect(answer.status >= 400, "\(path): \(answer.status)")
            #expect(!answer.body.contains("outside"), "\(path)")
        }
        // An upload through a link lands inside, or nowhere.
        let boundary = "b"
        let form =
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nowned\r\n--b--\r\n"
        for path in ["/home/user/target", "/home/user/root\(secret)", "/../../..\(secret)"] {
            let raw = try RawClient(port: Self.service.port)
            let lines = sandbox.headers.joined(separator: "\r\n")
            raw.send(
                "POST /files?path=\(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\(lines)\r\n"
                    + "content-type: multipart/form-data; boundary=\(boundary)\r\n"
                    + "content-length: \(form.utf8.count)\r\n\r\n\(form)")
            _ = raw.readAll()
            #expect(try String(contentsOfFile: secret, encoding: .utf8) == "outside", "\(path)")
        }
    }

    /// Somebody else's sandbox is not there, by its id, its token, its ports or its files.
    @Test func foreignIdsOpenNothing() throws {
        let mine = try Self.sandbox()
        let key = try BuiltService.makeKey(
            data: Self.service.directory, ["--name", "other", "--tenant", "other"])
        let theirs = TestClient(Self.service, key: key)
        let own = try theirs.send(
            "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":120}"#)
        let token = try #require(own.object["envdAccessToken"] as? String)
        for (method, path) in [
            ("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/timeout"),
            ("POST", "/fork"), ("POST", "/snapshots"), ("GET", "/metrics"), ("GET", "/logs"),
            ("POST", "/connect"), ("PUT", "/network"),
        ] {
            let answer = try theirs.send(
                method, "/sandboxes/\(mine.id)\(path)",
                body: method == "GET" || method == "DELETE" ? nil : #"{"timeout":30}"#)
            #expect(answer.status == 404, "\(method) \(path): \(answer.status)")
        }
        let place = ["e2b-sandbox-id: \(mine.id)", "e2b-sandbox-port: 49983"]
        for headers in [place, place + ["x-access-token: \(token)"], place + ["x-access-token: "]] {
            let listed = try theirs.send(
                "POST", "/process.Process/List", body: "{}", headers: headers)
            #expect(listed.status == 401, "\(listed.status)")
            let read = try theirs.send("GET", "/files?path=/etc/hostname", headers: headers)
            #expect(read.status == 401)
        }
        let signed = try TestClient(address: Self.service.address, key: nil).send(
            "GET", "/files?path=/etc/hostname&signature=v1_AAAA&username=user", headers: place)
        #expect(signed.status == 401)
        #expect(try TestClient(Self.service).send("GET", "/sandboxes/\(mine.id)").status == 200)
    }

    /// A body that comes a byte at a time ends at its limit; others are answered meanwhile.
    @Test func slowClientsHoldUpNobody() throws {
        var slow: [RawClient] = []
        for _ in 0..<50 {
            let raw = try RawClient(port: Self.service.port)
            raw.send(
                "POST /v1/runs HTTP/1.1\r\nhost: x\r\nx-api-key: \(Self.service.key)\r\n"
                    + "content-length: 1000\r\n\r\n{")
            slow.append(raw)
        }
        let start = Date()
        for _ in 0..<10 {
            for raw in slow { raw.send(" ") }
            #expect(try TestClient(Self.service).send("GET", "/readyz").status == 200)
        }
        #expect(Date().timeIntervalSince(start) < 10)
    }

    /// What never comes to its end is given up after the limit, with a status of its own.
    @Test func aBodyThatDoesNotArriveIsGivenUp() async throws {
        let (parts, sender) = AsyncStream<ByteBuffer>.makeStream()
        sender.yield(ByteBuffer(string: "{"))
        defer { sender.finish() }
        let request = Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"),
            body: RequestBody(asyncSequence: parts))
        let error = await #expect(throws: ServiceError.self) {
            try await RequestBytes.read(request, byteLimit: 100, seconds: 1)
        }
        #expect(error?.status == .requestTimeout)
        #expect(error?.code == "body_timeout")
    }

    @Test func headersAreBounded() throws {
        let client = TestClient(Self.service)
        let long = String(repeating: "a", count: 60_000)
        let answer = try client.send("GET", "/healthz", headers: ["X-Long: \(long)"])
        #expect(answer.status == 431 || answer.status == 400 || answer.status == 0)
        let many = (0..<500).map { "X-\($0): y" }
        let second = try client.send("GET", "/healthz", headers: many)
        #expect(second.status == 431 || second.status == 400 || second.status == 0)
        #expect(try client.send("GET", "/healthz").status == 200)
    }

    private func run(_ sandbox: Sandbox, _ script: String) throws {
        let body = try JSONSerialization.data(withJSONObject: [
            "process": ["cmd": "/bin/sh", "args": ["-c", script]], "stdin": false,
        ])
        let raw = try RawClient(port: Self.service.port)
        raw.send(
            "POST /process.Process/Start HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                + sandbox.headers.map { $0 + "\r\n" }.joined()
                + "content-type: application/connect+json\r\ncontent-length: \(body.count + 5)\r\n\r\n"
        )
        let length = UInt32(body.count)
        raw.send(
            [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
                + Array(body))
        #expect(raw.readAll().contains("\"exitCode\":0"))
    }
}
