import Digests
import Foundation
import Testing

/// Webhooks to a receiver on loopback that fails at first.
@Suite(.serialized) struct WebhookTests {
    /// A receiver that ends with the test.
    private final class Receiver {
        let process = Process()
        let port: Int
        let output: String
        let secret: String

        init() throws {
            let base = NSTemporaryDirectory() + "drydock-webhook-\(UUID().uuidString)"
            output = base + ".out"
            secret = base + ".secret"
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "python3", PythonClients.fixtures + "/webhook_receiver.py", secret, output,
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        }

        deinit {
            // Children of this process may have SIGTERM blocked.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            for path in [output, secret] { try? FileManager.default.removeItem(atPath: path) }
        }

        var received: [[String: Any]] {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    @Test func endsAreToldSignedAndAgainUntilTheyAreTaken() throws {
        let receiver = try Receiver()
        let first = try BuiltService(options: ["--allow-webhook", "127.0.0.1:\(receiver.port)"])
        let client = TestClient(first)
        let made = try client.send(
            "POST", "/v1/webhooks",
            body:
                #"{"url":"http://127.0.0.1:\#(receiver.port)/in","events":["job.ended","sandbox.ended"]}"#
        )
        #expect(made.status == 201, "\(made.body)")
        let id = try #require(made.object["id"] as? String)
        let secret = try #require(made.object["secret"] as? String)
        try secret.write(toFile: receiver.secret, atomically: true, encoding: .utf8)
        let shown = try client.send("GET", "/v1/webhooks/\(id)")
        #expect(shown.status == 200 && !shown.body.contains(secret))

        let run = try client.send(
            "POST", "/v1/runs?wait_ms=20000", body: #"{"command":["sh","-c","exit 3"]}"#)
        let job = try #require(run.object["id"] as? String)
        let created = try client.send(
            "POST", "/v2/sandboxes", body: #"{"templateID":"base","timeout":1}"#)
        let sandbox = try #require(created.object["sandboxID"] as? String)
        // Killed before all is sent: the next service goes on.
        for _ in 0..<100 {
            let list = try client.send("GET", "/v1/webhooks/\(id)/deliveries")
            if (list.object["items"] as? [Any])?.count == 2, !receiver.received.isEmpty { break }
            Thread.pause(0.1)
        }
        kill(first.pid, SIGKILL)
        _ = first.waitForEnd()
        let second = try BuiltService(
            directory: first.directory,
            options: ["--allow-webhook", "127.0.0.1:\(receiver.port)"])
        let again = TestClient(address: second.address, key: first.key)
        for _ in 0..<200 where receiver.received.count(where: { $0["status"] as? Int == 200 }) < 2 {
            Thread.pause(0.1)
        }
        let all = receiver.received
        #expect(all.allSatisfy { $0["signed"] as? Bool == true && $0["fresh"] as? Bool == true })
        let bodies = all.filter { $0["status"] as? Int == 200 }
            .compactMap { $0["body"] as? [String: Any] }
        let ended = try #require(bodies.first { $0["type"] as? String == "job.ended" })
        let data = try #require(ended["data"] as? [String: Any])
        #expect(data["job"] as? String == job && data["exit_code"] as? String == "3")
        #expect(data["reason"] as? String == "exited")
        let gone = try #require(
            bodies.first { $0["type"] as? String == "sandbox.ended" }?["data"] as? [String: Any])
        #expect(gone["sandbox"] as? String == sandbox)
        #expect(gone["reason"] as? String == "its time was over")

        let list = try again.send("GET", "/v1/webhooks/\(id)/deliveries")
        let items = try #require(list.object["items"] as? [[String: Any]])
        #expect(items.count == 2 && items.allSatisfy { $0["state"] as? String == "delivered" })
        #expect(items.allSatisfy { $0["tries"] as? Int ?? 0 >= 3 })
        // Another tenant sees none of it.
        let key = try BuiltService.makeKey(
            data: first.directory, ["--name", "b", "--tenant", "b"])
        let theirs = TestClient(address: second.address, key: key)
        #expect(try theirs.send("GET", "/v1/webhooks/\(id)/deliveries").status == 404)
        #expect(try theirs.send("DELETE", "/v1/webhooks/\(id)").status == 404)
        #expect(try again.send("DELETE", "/v1/webhooks/\(id)").status == 204)
        #expect(try again.send("GET", "/v1/webhooks/\(id)").status == 404)
    }

    /// An incident that begins to wait for a human is told, and goes on with the decision; a dry run
    /// tells nobody, and cannot be approved.
    @Test func incidentsThatWaitAreToldAndGoOnWithTheDecision() throws {
        let sum = "def add(a, b):\n    return a + b\n"
        let repository = try TestRepository(files: [
            "calc.py": sum,
            "test_calc.py": """
            import unittest
            from calc import add
            class T(unittest.TestCase):
                def test_add(self): self.assertEqual(add(2, 3), 5)
                def test_zero(self): self.assertEqual(add(0, 0), 0)

            """,
            "policy.yaml":
                "version: 1\nextends: default\nprotected:\n"
                + "  - {paths: [calc.py], action: review, reason: it is about money}\n",
            "drydock.yaml":
                "version: 1\ntest: {run: python3 -m unittest -v}\ngate: {policy: policy.yaml}\n"
                + "heal: {fixers: [revert]}\n",
        ])
        try repository.commit(["calc.py": sum.replacing("+", with: "-")])
        let receiver = try Receiver()
        let service = try BuiltService(options: [
            "--repository", "shop=\(repository.path)", "--allow-webhook",
            "127.0.0.1:\(receiver.port)",
        ])
        func client(_ scopes: String...) throws -> TestClient {
            let key = try BuiltService.makeKey(
                data: service.directory,
                ["--name", scopes.joined()] + scopes.flatMap { ["--scope", $0] })
            return TestClient(service, key: key)
        }
        let (agent, human) = (try client("heal", "read", "run"), try client("approve", "read"))
        let hook = try agent.send(
            "POST", "/v1/webhooks",
            body:
                #"{"url":"http://127.0.0.1:\#(receiver.port)/","events":["approval.requested","approval.decided"]}"#
        )
        try #require(hook.object["secret"] as? String)
            .write(toFile: receiver.secret, atomically: true, encoding: .utf8)
        func waiting(isDryRun: Bool) throws -> String {
            let healed = try agent.send(
                "POST", "/v1/incidents?wait_ms=60000",
                body: #"{"repository":"shop","good":"HEAD~1","dry_run":\#(isDryRun)}"#)
            let document = try #require(healed.object["document"] as? [String: Any])
            #expect(document["outcome"] as? String == "awaiting_approval", "\(healed.body)")
            let incident = try #require(document["incident"] as? String)
            let all = try human.send("GET", "/v1/approvals").object["items"] as? [[String: Any]]
            let own = try #require(all?.first { $0["subject"] as? String == incident })
            return try #require(own["id"] as? String)
        }
        let yes = #"{"decision":"approved"}"#
        let dry = try waiting(isDryRun: true)
        #expect(try human.send("POST", "/v1/approvals/\(dry)", body: yes).status == 409)
        let approval = try waiting(isDryRun: false)
        #expect(try agent.send("POST", "/v1/approvals/\(approval)", body: yes).status == 403)
        for _ in 0..<2 {
            let decided = try human.send("POST", "/v1/approvals/\(approval)", body: yes)
            #expect(decided.status == 200, "\(decided.body)")
        }
        var jobs: [[String: Any]] = []
        for _ in 0..<300 {
            let list = try agent.send("GET", "/v1/jobs").object["items"] as? [[String: Any]]
            jobs = try #require(list).filter {
                ($0["title"] as? String)?.hasPrefix("go on with") == true
            }
            if jobs.first?["state"] as? String == "ended" { break }
            Thread.pause(0.1)
        }
        #expect(jobs.count == 1)
        let last = try agent.send("GET", "/v1/jobs/\(jobs.first?["id"] as? String ?? "")")
        let outcome = (last.object["document"] as? [String: Any])?["outcome"] as? String
        #expect(outcome == "pull_request", "\(last.body)")

        for _ in 0..<200 where receiver.received.count(where: { $0["status"] as? Int == 200 }) < 2 {
            Thread.pause(0.1)
        }
        #expect(receiver.received.allSatisfy { $0["signed"] as? Bool == true })
        let told = receiver.received.filter { $0["status"] as? Int == 200 }
            .compactMap { $0["body"] as? [String: Any] }
        #expect(
            Set(told.compactMap { $0["type"] as? String })
                == ["approval.decided", "approval.requested"])
        for event in told {
            let data = try #require(event["data"] as? [String: Any])
            #expect(data["approval"] as? String == approval)
            let reason = try #require(data["reason"] as? String)
            let expected =
                event["type"] as? String == "approval.requested"
                ? "it is about money" : "approved by approveread"
            #expect(reason.contains(expected), "\(reason)")
        }
    }

    /// The service is no way to reach what only it can reach.
    @Test func nothingIsSentToWhereOnlyTheServiceReaches() throws {
        let receiver = try Receiver()
        let service = try BuiltService()
        let client = TestClient(service)
        for url in [
            "http://127.0.0.1:\(receiver.port)/", "ftp://example.org/", "https://u:p@example.org/",
            "http://169.254.169.254/latest/meta-data", "nonsense", "file:///etc/passwd",
        ] {
            let answer = try client.send("POST", "/v1/webhooks", body: #"{"url":"\#(url)"}"#)
            #expect(answer.status == 422, "\(url): \(answer.body)")
        }
        // Names are judged when they are looked up: this one is taken, and nothing is sent.
        let made = try client.send(
            "POST", "/v1/webhooks", body: #"{"url":"https://localhost:\#(receiver.port)/"}"#)
        #expect(made.status == 201)
        let id = try #require(made.object["id"] as? String)
        _ = try client.send("POST", "/v1/runs?wait_ms=20000", body: #"{"command":["true"]}"#)
        var reason = ""
        for _ in 0..<100 where reason.isEmpty {
            let list = try client.send("GET", "/v1/webhooks/\(id)/deliveries")
            let items = list.object["items"] as? [[String: Any]]
            reason = items?.first?["reason"] as? String ?? ""
            Thread.pause(0.05)
        }
        #expect(reason.contains("not on the public internet"), "\(reason)")
        #expect(receiver.received.isEmpty)
    }

    /// A signed delivery of a forge starts a job, once; anything else starts none.
    @Test func deliveriesOfForgesStartJobs() throws {
        let repository = try TestRepository()
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/git")
        git.arguments = [
            "-C", repository.path, "remote", "add", "origin", "https://github.com/acme/shop.git",
        ]
        try git.run()
        git.waitUntilExit()
        let secret = NSTemporaryDirectory() + "drydock-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: secret) }
        let text = "0123456789abcdef0123456789abcdef"
        _ = FileManager.default.createFile(
            atPath: secret, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        let service = try BuiltService(
            options: ["--repository", "shop=\(repository.path)"],
            environment: ["DRYDOCK_GITHUB_WEBHOOK_SECRET_FILE": secret])
        let stranger = TestClient(address: service.address, key: nil)
        func deliver(_ body: String, key: String, number: String) throws -> TestClient.Answer {
            let code = Hexadecimal.encode(
                MessageAuthentication.code(for: Array(body.utf8), key: Array(key.utf8)))
            return try stranger.send(
                "POST", "/v1/webhooks/github", body: body,
                headers: [
                    "X-Hub-Signature-256: sha256=\(code)", "X-GitHub-Event: workflow_run",
                    "X-GitHub-Delivery: \(number)",
                ])
        }
        let commit = String(repeating: "a", count: 40)
        let red =
            #"{"action":"completed","workflow_run":{"id":1,"conclusion":"failure","#
            + #""head_sha":"\#(commit)"},"repository":{"full_name":"acme/shop"}}"#
        #expect(try deliver(red, key: text + "x", number: "1").status == 401)
        #expect(try stranger.send("POST", "/v1/webhooks/github", body: red).status == 401)
        #expect(try stranger.send("POST", "/v1/webhooks/gitlab", body: red).status == 404)
        let started = try deliver(red, key: text, number: "2")
        #expect(started.status == 202, "\(started.body)")
        let job = try #require(started.object["job"] as? String)
        let again = try deliver(red, key: text, number: "2")
        #expect(again.object["job"] as? String == job && again.object["new"] as? Bool == false)
        let green = red.replacing("failure", with: "success")
        let ignored = try deliver(green, key: text, number: "3")
        #expect(ignored.status == 200 && ignored.object["outcome"] as? String == "ignored")
        let foreign = red.replacing("acme/shop", with: "acme/other")
        #expect(try deliver(foreign, key: text, number: "4").status == 422)
        let shown = try TestClient(service).send("GET", "/v1/jobs/\(job)")
        #expect(shown.object["kind"] as? String == "heal")
    }
}
