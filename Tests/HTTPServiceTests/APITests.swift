import Foundation
import Testing

@testable import HTTPService

/// `/v1` through the built service.
@Suite(.serialized) struct APITests {
    @Test func theDocumentIsCurrent() throws {
        let path = BuiltService.root + "/docs/reference/openapi.json"
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
            try OpenAPIDocument.text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            kept == OpenAPIDocument.text,
            "run the test with UPDATE_DOCS=1 to write it again")
    }

    @Test func aRunIsDoneOnceAndToldWhole() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        let body = #"{"command":["sh","-c","echo one; sleep 0.3; echo two; exit 4"]}"#
        let first = try client.send("POST", "/v1/runs", body: body, headers: ["Idempotency-Key: a"])
        #expect(first.status == 202)
        let id = try #require(first.object["id"] as? String)
        #expect(first.headers["location"] == "/v1/jobs/\(id)")
        let again = try client.send("POST", "/v1/runs", body: body, headers: ["Idempotency-Key: a"])
        #expect(again.object["id"] as? String == id)
        let other = try client.send(
            "POST", "/v1/runs", body: #"{"command":["true"]}"#, headers: ["Idempotency-Key: a"])
        #expect(other.status == 409)

        let all = try client.send("GET", "/v1/jobs/\(id)/events").body
        let kinds = all.split(separator: "\n").filter { $0.hasPrefix("event: ") }
        #expect(kinds.first == "event: queued" && kinds.last == "event: ended")
        let ids = all.split(separator: "\n").filter { $0.hasPrefix("id: ") }
            .compactMap { Int($0.dropFirst(4)) }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        // Whoever comes back after any event misses nothing and hears nothing twice.
        let middle = ids[ids.count / 2]
        for headers in [["Last-Event-ID: \(middle)"], []] {
            let path = headers.isEmpty ? "?after=\(middle)" : ""
            let rest = try client.send("GET", "/v1/jobs/\(id)/events\(path)", headers: headers).body
            let later = rest.split(separator: "\n").filter { $0.hasPrefix("id: ") }
                .compactMap { Int($0.dropFirst(4)) }
            #expect(later == ids.filter { $0 > middle })
        }
        let job = try client.send("GET", "/v1/jobs/\(id)").object
        let document = try #require(job["document"] as? [String: Any])
        #expect(document["outcome"] as? String == "exited" && document["exit_code"] as? Int == 4)
        #expect(try client.send("GET", "/v1/jobs/\(id)/log").body == "one\ntwo\n")
        #expect(try client.send("GET", "/v1/jobs/\(id)/artifacts/stdout.log").body == "one\ntwo\n")
        for name in ["..%2F..%2Fstore.sqlite", "%2e%2e", "none", "."] {
            #expect(try client.send("GET", "/v1/jobs/\(id)/artifacts/\(name)").status == 404)
        }
        #expect(try client.send("DELETE", "/v1/jobs/\(id)").status == 204)
        #expect(try client.send("GET", "/v1/jobs/\(id)").status == 404)
    }

    @Test func whatIsAnothersIsNotThere() throws {
        let service = try BuiltService()
        let mine = TestClient(service)
        let key = try BuiltService.makeKey(
            data: service.directory, ["--name", "b", "--tenant", "b"])
        let theirs = TestClient(service, key: key)
        let made = try mine.send(
            "POST", "/v1/runs?wait_ms=20000", body: #"{"command":["echo","secret"]}"#)
        let id = try #require(made.object["id"] as? String)
        for path in ["", "/log", "/events", "/artifacts", "/artifacts/stdout.log"] {
            let answer = try theirs.send("GET", "/v1/jobs/\(id)\(path)")
            #expect(answer.status == 404 && !answer.body.contains("secret"))
        }
        #expect(try theirs.send("POST", "/v1/jobs/\(id)/cancel").status == 404)
        #expect(try theirs.send("DELETE", "/v1/jobs/\(id)").status == 404)
        #expect((try theirs.send("GET", "/v1/jobs").object["items"] as? [Any])?.isEmpty == true)
        let events = try theirs.send("GET", "/v1/events?until=1000000").body
        #expect(!events.contains(id))
        // Their key takes nothing from mine: the same idempotency key is another one.
        let one = try mine.send(
            "POST", "/v1/runs", body: #"{"command":["true"]}"#, headers: ["Idempotency-Key: k"])
        let two = try theirs.send(
            "POST", "/v1/runs", body: #"{"command":["false"]}"#, headers: ["Idempotency-Key: k"])
        #expect(one.status == 202 && two.status == 202)
    }

    @Test(arguments: [
        (#"{"command":["true"],"comand":1}"#, 400), (#"{"command":"true"}"#, 400),
        (#"{"command":[]}"#, 400), (#"{"command":[1]}"#, 400), ("[]", 400), ("nonsense", 400),
        (#"{"command":["true"],"command":["false"]}"#, 400),
        (#"{"command":["true"],"session":"../x"}"#, 404),
        (#"{"command":["true"],"repository":"/etc"}"#, 404),
        (#"{"command":["true"],"network":"host"}"#, 400),
        (#"{"command":["true"],"profile":"/etc/passwd"}"#, 400),
        (#"{"command":["true"],"limits":{"memory_bytes":-1}}"#, 400),
        (#"{"command":["true"],"kind":"heal"}"#, 400),
    ])
    func wrongBodiesAreRefused(body: String, status: Int) throws {
        let answer = try TestClient(Self.shared).send("POST", "/v1/runs", body: body)
        #expect(answer.status == status, "\(answer.body)")
        #expect(answer.object["message"] is String)
        #expect(!answer.body.contains("Sources/") && !answer.body.contains(".swift"))
    }

    @Test func hugeBodiesAreNotTaken() throws {
        let body = #"{"command":[""# + String(repeating: "x", count: 2 << 20) + #""]}"#
        let client = TestClient(Self.shared)
        #expect(try client.send("POST", "/v1/runs", body: body).status == 413)
        #expect(try client.send("GET", "/healthz").status == 200)
    }

    @Test func approvingNeedsItsOwnScope() throws {
        let answer = try TestClient(Self.shared).send(
            "POST", "/v1/approvals/sub-1", body: #"{"decision":"approved"}"#)
        #expect(answer.status == 403)
        let key = try BuiltService.makeKey(
            data: Self.shared.directory, ["--name", "human", "--scope", "approve"])
        let human = TestClient(Self.shared, key: key)
        let none = try human.send(
            "POST", "/v1/approvals/sub-1", body: #"{"decision":"approved"}"#)
        #expect(none.status == 404)
        #expect(try human.send("POST", "/v1/runs", body: #"{"command":["true"]}"#).status == 403)
    }

    /// Killed in the middle and started again: what was taken is done, and nothing ends well that
    /// did not.
    @Test func nothingAcceptedIsLost() throws {
        var service: BuiltService? = try BuiltService(options: ["--workers", "1"])
        let data = try #require(service).directory + "-kept"
        var ids: [String] = []
        do {
            let client = TestClient(try #require(service))
            for index in 0..<3 {
                let made = try client.send(
                    "POST", "/v1/runs", body: #"{"command":["sh","-c","sleep 1; echo \#(index)"]}"#)
                ids.append(try #require(made.object["id"] as? String))
            }
            service?.killNow()
            // Without the sockets of sandboxes that live, which no file can be a copy of.
            let source = try #require(service).directory
            try FileManager.default.createDirectory(
                atPath: data, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            for name in try FileManager.default.contentsOfDirectory(atPath: source)
            where name != "sandboxes" && !name.hasPrefix("spawner") {
                try FileManager.default.copyItem(
                    atPath: "\(source)/\(name)", toPath: "\(data)/\(name)")
            }
        }
        service = nil
        let second = try BuiltService(directory: data)
        let client = TestClient(second)
        for (index, id) in ids.enumerated() {
            let job = try client.send("GET", "/v1/jobs/\(id)?wait_ms=30000").object
            #expect(job["state"] as? String == "ended", "\(job)")
            #expect(try client.send("GET", "/v1/jobs/\(id)/log").body.hasSuffix("\(index)\n"))
        }
    }

    /// A job that is cancelled in the middle ends, is said to have, and its stream ends with that.
    @Test func aCancelledJobEnds() throws {
        let client = TestClient(Self.shared)
        let made = try client.send(
            "POST", "/v1/runs", body: #"{"command":["sh","-c","echo begun; sleep 60"]}"#)
        let id = try #require(made.object["id"] as? String)
        for _ in 0..<100 where try !client.send("GET", "/v1/jobs/\(id)/log").body.contains("begun")
        {
            Thread.pause(0.05)
        }
        #expect(try client.send("POST", "/v1/jobs/\(id)/cancel").status == 202)
        let job = try client.send("GET", "/v1/jobs/\(id)?wait_ms=20000").object
        #expect(job["state"] as? String == "cancelled", "\(job)")
        let events = try client.send("GET", "/v1/jobs/\(id)/events").body
        #expect(events.contains("event: cancelled"))
        #expect(try client.send("DELETE", "/v1/jobs/\(id)").status == 204)
    }

    @Test func aFullQueueSaysWhenToComeBack() throws {
        let service = try BuiltService(options: ["--workers", "1", "--queue", "2"])
        let client = TestClient(service)
        var answers: [TestClient.Answer] = []
        for _ in 0..<5 {
            answers.append(
                try client.send("POST", "/v1/runs", body: #"{"command":["sleep","5"]}"#))
        }
        let waiting = answers.filter { $0.status == 202 && $0.object["position"] as? Int != nil }
        #expect(!waiting.isEmpty)
        let refused = try #require(answers.last)
        #expect(refused.status == 429)
        #expect(Int(refused.headers["retry-after"] ?? "") ?? 0 >= 1)
    }

    // Only ever read.
    nonisolated(unsafe) private static let shared: BuiltService = {
        do { return try BuiltService() } catch { preconditionFailure("\(error)") }
    }()
}
