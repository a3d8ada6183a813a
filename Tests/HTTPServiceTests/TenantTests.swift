import Foundation
import Testing

/// What a tenant may take, and that asking twice does nothing twice.
@Suite(.serialized) struct TenantTests {
    @Test func quotasHoldOverSandboxesAndJobsTogether() throws {
        let service = try BuiltService()
        let client = TestClient(service)
        func quota(_ options: [String]) throws {
            #expect(
                try BuiltService.run(
                    ["keys", "quota", "default", "--data", service.directory] + options
                ).status == 0)
        }
        let body = #"{"templateID":"base","timeout":60}"#
        // 2 GiB, 2 processors and 4 GiB of disk each.
        try quota(["--memory", "1GiB"])
        let never = try client.send("POST", "/v2/sandboxes", body: body)
        #expect(never.status == 403 && never.body.contains("1GiB of memory"), "\(never.body)")
        let job = try client.send("POST", "/v1/runs", body: #"{"command":["true"]}"#)
        #expect(job.status == 403 && job.body.contains("1GiB of memory"), "\(job.body)")
        let small = try client.send(
            "POST", "/v1/runs?wait_ms=20000",
            body: #"{"command":["true"],"limits":{"memory_bytes":536870912}}"#)
        #expect(small.status == 200)

        try quota(["--memory", "5GiB", "--cpus", "100", "--disk", "100GiB"])
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

        try quota(["--cpus", "2"])
        #expect(try client.send("POST", "/v2/sandboxes", body: body).status == 429)
        try quota(["--cpus", "100", "--disk", "4GiB"])
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
