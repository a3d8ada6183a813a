import Foundation
import Testing

/// What a tenant may take, and that asking twice does nothing twice.
@Suite(.serialized) struct TenantTests {
    @Test func quotasHoldOverSandboxesAndJobsTogether() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        let body = #"{"templateID":"base","timeout":60}"#
        // 2 GiB, 2 processors and 4 GiB of disk each.
        try setQuota(of: service, ["--memory", "1GiB"])
        let never = try client.send("POST", "/v2/sandboxes", body: body)
        #expect(never.status == 403 && never.body.contains("1GiB of memory"), "\(never.body)")
        let job = try client.send("POST", "/v1/runs", body: #"{"command":["true"]}"#)
        #expect(job.status == 403 && job.body.contains("1GiB of memory"), "\(job.body)")
        let small = try client.send(
            "POST", "/v1/runs?wait_ms=20000",
            body: #"{"command":["true"],"limits":{"memory_bytes":536870912}}"#)
        #expect(small.status == 200)

        try setQuota(of: service, ["--memory", "5GiB", "--cpus", "100", "--disk", "100GiB"])
        let first = try client.send("POST", "/v2/sandboxes", body: body)
        let second = try client.send("POST", "/v2/sandboxes", body: body)
        #expect(first.status == 201 && second.status == 201)
        let third = try client.send("POST", "/v2/sandboxes", body: body)
        #expect(third.status == 429 && third.body.contains("5GiB of memory"))
        #expect(third.headers["retry-after"] != nil)
        // A job waits until there is room for it, and begins by itself then.
        let waiting = try client.send("POST", "/v1/runs", body: #"{"command":["true"]}"#)
        let id = try #require(waiting.object["id"] as? String)
        Thread.pause(0.5)
        #expect(try client.send("GET", "/v1/jobs/\(id)").object["state"] as? String == "queued")
        let other = try BuiltService.makeKey(
            data: service.directory, ["--name", "b", "--tenant", "b"])
        let theirs = try TestClient(service, key: other).send(
            "POST", "/v1/runs?wait_ms=20000", body: #"{"command":["true"]}"#)
        #expect(theirs.object["state"] as? String == "ended")
        let sandbox = try #require(first.object["sandboxID"] as? String)
        #expect(try client.send("DELETE", "/sandboxes/\(sandbox)").status == 204)
        let done = try client.send("GET", "/v1/jobs/\(id)?wait_ms=20000")
        #expect(done.object["state"] as? String == "ended", "\(done.body)")

        try setQuota(of: service, ["--cpus", "2"])
        #expect(try client.send("POST", "/v2/sandboxes", body: body).status == 429)
        try setQuota(of: service, ["--cpus", "100", "--disk", "4GiB"])
        #expect(try client.send("POST", "/v2/sandboxes", body: body).status == 429)
    }

    /// 20 creates at the same moment get no more than the quota.
    @Test func aQuotaHoldsAgainstManyAtOnce() async throws {
        let service = try BuiltService()
        _ = try BuiltService.run(
            ["keys", "quota", "default", "--data", service.directory, "--sandboxes", "3"])
        let (address, key) = (service.address, service.key)
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let client = TestClient(address: address, key: key)
                    let answer = try? client.send(
                        "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":60}"#)
                    return answer?.status ?? 0
                }
            }
            var statuses: [Int] = []
            for await status in group { statuses.append(status) }
            return statuses
        }
        #expect(statuses.count { $0 == 201 } == 3, "\(statuses)")
        #expect(statuses.allSatisfy { $0 == 201 || $0 == 429 }, "\(statuses)")
    }

    /// What is kept beyond a run is a tenant's as well: open sessions by number, and the disk that they
    /// and snapshots take.
    @Test func quotasHoldOverWhatIsKept() async throws {
        let repository = try TestRepository()
        let service = try BuiltService(options: ["--repository", "here=\(repository.path)"])
        let client = TestClient(service)
        let body = #"{"repository":"here"}"#
        try setQuota(of: service, ["--sessions", "3"])
        let (address, key) = (service.address, service.key)
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let client = TestClient(address: address, key: key)
                    return (try? client.send("POST", "/v1/sessions", body: body).status) ?? 0
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == 201 || $0 == 403 }, "\(statuses)")
        var sessions = try ids(client)
        #expect((1...3).contains(sessions.count))
        while sessions.count < 3 {
            #expect(try client.send("POST", "/v1/sessions", body: body).status == 201)
            sessions = try ids(client)
        }
        let more = try client.send("POST", "/v1/sessions", body: body)
        #expect(more.status == 403 && more.body.contains("3 of your 3 sessions"), "\(more.body)")
        let first = try #require(sessions.first)
        #expect(
            try client.send("POST", "/v1/sessions/\(first)/forks", body: #"{"count":1}"#).status
                == 403)
        #expect(try ids(client) == sessions)
        #expect(try client.send("DELETE", "/v1/sessions/\(sessions[1])").status == 204)
        #expect(
            try client.send("POST", "/v1/sessions/\(first)/forks", body: #"{"count":1}"#).status
                == 201)

        let run = #"{"command":["true"],"session":"\#(first)"}"#
        let once = ["Idempotency-Key: once"]
        #expect(
            try client.send("POST", "/v1/runs?wait_ms=20000", body: run, headers: once).status
                == 200)
        try setQuota(of: service, ["--sessions", "100", "--kept", "512KiB"])
        let place = "/v1/sessions/\(first)/files?path=big"
        let text = String(repeating: "x", count: 700_000)
        #expect(try client.send("PUT", place, body: text).status == 204)
        let full = try client.send("PUT", place, body: text)
        #expect(full.status == 403 && full.body.contains("of your 512KiB"), "\(full.body)")
        for (path, body) in [
            ("/v1/runs", run), ("/v1/sessions", body),
            ("/v1/sessions/\(first)/snapshots", "{}"),
        ] {
            let answer = try client.send("POST", path, body: body)
            #expect(answer.status == 403, "\(path): \(answer.body)")
        }
        // What was taken before is told to whoever asks for it again.
        let again = try client.send(
            "POST", "/v1/runs?wait_ms=20000", body: run, headers: once)
        #expect(again.status == 200, "\(again.body)")
        let sandbox = try #require(
            client.send("POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":60}"#)
                .object["sandboxID"] as? String)
        let snapshots = "/sandboxes/\(sandbox)/snapshots"
        #expect(try client.send("POST", snapshots, body: "{}").status == 403)
        // Another tenant has its own room, and with less kept there is some again.
        let other = TestClient(
            service,
            key: try BuiltService.makeKey(
                data: service.directory, ["--name", "b", "--tenant", "b"]))
        #expect(
            try other.send("POST", "/v1/runs?wait_ms=20000", body: #"{"command":["true"]}"#).status
                == 200)
        #expect(try client.send("DELETE", "/v1/sessions/\(first)").status == 204)
        #expect(try client.send("POST", snapshots, body: "{}").status == 201)
        // One that is too large by itself is not kept.
        let files = "/files?path=/home/user/big&username=user"
        let written = try client.send(
            "POST", files, body: text,
            headers: [
                "E2b-Sandbox-Id: \(sandbox)", "Content-Type: application/octet-stream",
            ])
        #expect(written.status == 200, "\(written.body)")
        let large = try client.send("POST", snapshots, body: "{}")
        #expect(large.status == 403, "\(large.body)")
        #expect((try client.send("GET", "/snapshots").json as? [Any])?.count == 1)
    }

    private func setQuota(of service: BuiltService, _ options: [String]) throws {
        #expect(
            try BuiltService.run(
                ["keys", "quota", "default", "--data", service.directory] + options
            ).status == 0)
    }

    private func ids(_ client: TestClient) throws -> [String] {
        let items = try client.send("GET", "/v1/sessions").object["items"] as? [[String: Any]]
        return (items ?? []).compactMap { $0["id"] as? String }.sorted()
    }

    /// While the first is still made: the same request waits for it, another is refused.
    @Test func createsAtOnceWithOneKeyAreOne() async throws {
        let service = try BuiltService()
        let (address, key) = (service.address, service.key)
        let answers = await withTaskGroup(of: (Int, String?).self) { group in
            for index in 0..<12 {
                group.addTask {
                    let answer = try? TestClient(address: address, key: key).send(
                        "POST", "/v2/sandboxes",
                        body: #"{"templateID":"base","timeout":\#(60 + index % 2)}"#,
                        headers: ["Idempotency-Key: one"])
                    return (answer?.status ?? 0, answer?.object["sandboxID"] as? String)
                }
            }
            var answers: [(Int, String?)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        #expect(answers.count { $0.0 == 201 } == 6 && answers.count { $0.0 == 409 } == 6)
        #expect(Set(answers.compactMap(\.1)).count == 1, "\(answers)")
        let list = try TestClient(service).send("GET", "/v2/sandboxes")
        #expect((list.json as? [Any])?.count == 1)
    }

    @Test func createsAreDoneOnceForEachKey() throws {
        let repository = try TestRepository()
        let service = try BuiltService(options: ["--repository", "here=\(repository.path)"])
        let (directory, key) = (service.directory, service.key)
        var client = TestClient(service)
        let headers = ["Idempotency-Key: one"]
        let body = #"{"repository":"here"}"#
        let first = try client.send("POST", "/v1/sessions", body: body, headers: headers)
        #expect(first.status == 201, "\(first.body)")
        let again = try client.send("POST", "/v1/sessions", body: body, headers: headers)
        #expect(again.status == 201 && again.body == first.body)
        #expect(again.headers["location"] == first.headers["location"])
        let session = try #require(first.object["id"] as? String)
        let other = try client.send(
            "POST", "/v1/sessions", body: #"{"repository":"here","revision":"HEAD"}"#,
            headers: headers)
        #expect(other.status == 409)
        // The same key on another path is another request.
        let forks = try client.send(
            "POST", "/v1/sessions/\(session)/forks", body: #"{"count":2}"#, headers: headers)
        #expect(forks.status == 409)
        for _ in 0..<3 {
            let made = try client.send(
                "POST", "/v1/sessions/\(session)/forks", body: #"{"count":2}"#,
                headers: ["Idempotency-Key: two"])
            #expect(made.status == 201)
        }
        // What failed was not made, and may be tried again.
        for _ in 0..<2 {
            let refused = try client.send(
                "POST", "/v1/sessions", body: #"{"repository":"none"}"#,
                headers: ["Idempotency-Key: three"])
            #expect(refused.status == 404)
        }
        // Killed and started again: the answer is still known.
        service.killNow()
        let second = try BuiltService(
            directory: directory, options: ["--repository", "here=\(repository.path)"])
        client = TestClient(address: second.address, key: key)
        let later = try client.send("POST", "/v1/sessions", body: body, headers: headers)
        #expect(later.object["id"] as? String == session)
        let list = try client.send("GET", "/v1/sessions")
        #expect((list.object["items"] as? [Any])?.count == 3)
    }
}

/// A repository with one commit, removed with its owner.
final class TestRepository {
    let path = NSTemporaryDirectory() + "drydock-repository-\(UUID().uuidString)"

    init(files: [String: String] = ["file.txt": "hello\n"]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try git(["init", "-q", "-b", "main"])
        try commit(files)
    }

    /// One more commit, with these files.
    func commit(_ files: [String: String]) throws {
        for (name, text) in files {
            try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        }
        try git(["add", "-A"])
        try git(["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "one"])
    }

    private func git(_ arguments: [String]) throws {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/git")
        git.arguments = ["-C", path] + arguments
        try git.run()
        git.waitUntilExit()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
