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

    /// A number that no clock can hold ends nobody's service.
    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "1e300", "0"])
    func timesBeyondAllClocksAreTaken(_ time: String) throws {
        let sandbox = try Self.sandbox()
        let starter = try stream(
            sandbox, "/process.Process/Start",
            #"{"process":{"cmd":"/bin/sleep","args":["1"]},"stdin":false,"tag":"a"}"#,
            headers: ["connect-timeout-ms: \(time)"])
        #expect(starter.read(untilContains: ["\"start\"", "error"]).contains("\"start\""))
        for (path, body) in [
            ("/process.Process/Connect", #"{"process":{"tag":"a"}}"#),
            ("/filesystem.Filesystem/WatchDir", #"{"path":"/home/user"}"#),
        ] {
            let follower = try stream(
                sandbox, path, body,
                headers: ["connect-timeout-ms: \(time)", "keepalive-ping-interval: \(time)"])
            #expect(follower.read(untilContains: ["\"start\"", "error"]).contains("\"start\""))
        }
        #expect(try TestClient(Self.service).send("GET", "/healthz").status == 200)
    }

    /// The kernel has 128 watchers for one user: each sandbox has its own, and no more than its part.
    @Test(.enabled(if: geteuid() == 0)) func watchersOfOneAreNotTheOthers() throws {
        for _ in 0..<3 {
            let sandbox = try Self.sandbox()
            let body = #"{"path":"/home/user"}"#
            let request =
                "POST /filesystem.Filesystem/CreateWatcher HTTP/1.1\r\nhost: x\r\n"
                + sandbox.headers.map { $0 + "\r\n" }.joined()
                + "content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n"
            let raw = try RawClient(port: Self.service.port)
            for _ in 0..<64 { raw.send(request + "\r\n" + body) }
            raw.send(request + "connection: close\r\n\r\n" + body)
            let answers = raw.readAll()
            #expect(answers.components(separatedBy: "\"watcherId\"").count == 65)
            #expect(answers.components(separatedBy: "HTTP/1.1 429").count == 2)
        }
    }

    /// However many hold connections without asking for anything: who asks is let in.
    @Test func idleConnectionsMakeRoom() throws {
        let service = try BuiltService(options: ["--connections", "100"])
        var idle: [RawClient] = []
        for index in 0..<150 {
            let client = try RawClient(port: service.port)
            if index % 3 == 0 { client.send("GET /healthz HTTP/1.1\r\nHost: ") }
            idle.append(client)
        }
        #expect(try TestClient(service).send("GET", "/healthz").status == 200)
        // The one that waited longest was closed, the latest was not.
        #expect(idle[0].readAll().isEmpty)
        idle[149].send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(idle[149].readAll().contains("HTTP/1.1 200"))
    }

    /// A tenant that holds half of all connections gets no more; the others do.
    @Test func streamsOfOneTenantLeaveRoom() throws {
        let service = try BuiltService(options: ["--connections", "40"])
        let key = try BuiltService.makeKey(
            data: service.directory, ["--name", "b", "--tenant", "b"])
        var streams: [RawClient] = []
        for _ in 0..<20 {
            let raw = try RawClient(port: service.port)
            raw.send(
                "GET /v1/events HTTP/1.1\r\nhost: x\r\nx-api-key: \(service.key)\r\n\r\n")
            #expect(raw.read(untilContains: ["\r\n\r\n"]).contains("HTTP/1.1 200"))
            streams.append(raw)
        }
        let refused = try TestClient(service).send("GET", "/v1/jobs")
        #expect(refused.status == 429 && refused.headers["retry-after"] != nil)
        #expect(Self.isPlain(refused))
        #expect(try TestClient(service, key: key).send("GET", "/v1/jobs").status == 200)
        // Whoever goes away gives back.
        streams.removeAll()
        var status = 429
        for _ in 0..<100 where status != 200 {
            status = try TestClient(service).send("GET", "/v1/jobs").status
            Thread.pause(0.05)
        }
        #expect(status == 200)
    }

    /// What a client does not take is not read for it: an event stream holds one page.
    @Test func unreadStreamsHoldLittle() throws {
        let client = TestClient(Self.service)
        let made = try client.send(
            "POST", "/v1/runs?wait_ms=30000",
            body: #"{"command":["sh","-c","head -c 8000000 /dev/zero | tr '\\0' x | fold"]}"#)
        let job = try #require(made.object["id"] as? String)
        let before = try Self.residentMegabytes()
        var streams: [RawClient] = []
        for index in 0..<60 {
            let raw = try RawClient(port: Self.service.port)
            raw.send(
                "GET /v1/jobs/\(job)/\(index % 2 == 0 ? "events" : "log") HTTP/1.1\r\nhost: x\r\n"
                    + "x-api-key: \(Self.service.key)\r\n\r\n")
            streams.append(raw)
        }
        Thread.pause(3)
        #expect(try Self.residentMegabytes() - before < 250)
        // And gets all of it, when it takes it.
        #expect(streams[0].read(untilContains: ["event: ended"]).contains("event: ended"))
    }

    /// Of the part that parses.
    private static func residentMegabytes() throws -> Int {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let text = try? String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8),
                text.contains("PPid:\t\(service.pid)\n"),
                let command = try? String(
                    contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8),
                command.contains("serve-edge"),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
                let size = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
            else { continue }
            return size / 1024
        }
        return 0
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
        let raw = try stream(
            sandbox, "/process.Process/Start", String(decoding: body, as: UTF8.self),
            headers: ["connection: close"])
        #expect(raw.readAll().contains("\"exitCode\":0"))
    }

    private func stream(
        _ sandbox: Sandbox, _ path: String, _ body: String, headers: [String] = []
    ) throws -> RawClient {
        let raw = try RawClient(port: Self.service.port)
        let length = UInt32(body.utf8.count)
        raw.send(
            "POST \(path) HTTP/1.1\r\nhost: x\r\n"
                + (sandbox.headers + headers).map { $0 + "\r\n" }.joined()
                + "content-type: application/connect+json\r\ncontent-length: \(length + 5)\r\n\r\n"
        )
        return raw.send(
            [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
                + Array(body.utf8))
    }
}
