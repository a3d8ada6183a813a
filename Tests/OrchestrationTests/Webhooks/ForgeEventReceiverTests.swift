import Forges
import Foundation
import JSONText
import RunModel
import RunStore
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

/// Deliveries of forges, signed and not, as their documentation shows them.
@Suite struct ForgeEventReceiverTests {
    static let secret = "0123456789abcdef0123456789abcdef"
    static let commit = String(repeating: "ab", count: 20)

    /// What would be started, by key, as a job center keeps it.
    final class Jobs: Sendable {
        private let state = Mutex([String: JobRequest]())

        @Sendable func start(_ request: JobRequest, key: String) -> (job: String, isNew: Bool) {
            state.withLock { jobs in
                let isNew = jobs[key] == nil
                jobs[key] = jobs[key] ?? request
                return ("job \(key)", isNew)
            }
        }
        var requests: [JobRequest] { state.withLock { Array($0.values) } }
    }

    struct World {
        let receiver: ForgeEventReceiver
        let jobs: Jobs
        let store: Store
        let repository: String

        func receive(
            _ forge: String, _ body: String, event: String = "workflow_run", number: String = "1",
            secret: String? = ForgeEventReceiverTests.secret
        ) async throws -> ForgeDeliveryAnswer {
            let bytes = Array(body.utf8)
            var headers = ["x-github-event": event, "x-github-delivery": number]
            if let secret {
                headers["x-hub-signature-256"] = WebhookSignature.header(
                    for: bytes, secret: Array(secret.utf8))
                headers["x-gitlab-token"] = secret
            }
            return try await receiver.receive(
                ForgeDelivery(forge: forge, headers: headers, body: bytes))
        }
    }

    private static func withWorld(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/shop")
            try git.commit(["a": "1\n"])
            try git.run(["remote", "add", "origin", "https://github.com/Acme/shop.git"])
            let other = try GitCommandLine.create(at: directory + "/other")
            try other.commit(["a": "1\n"])
            try other.run(["remote", "add", "origin", "git@gitlab.com:acme/group/other.git"])
            let secret = directory + "/secret"
            try (secretText + "\n").write(toFile: secret, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
            let store = try Store(path: directory + "/store.sqlite")
            let jobs = Jobs()
            let receiver = try await ForgeEventReceiver(
                repositories: ["shop": git.directory, "other": other.directory], store: store,
                environment: [
                    "DRYDOCK_GITHUB_WEBHOOK_SECRET_FILE": secret,
                    "DRYDOCK_GITLAB_WEBHOOK_SECRET_FILE": secret,
                    // A CI job's own repository is none of a service's.
                    "GITHUB_REPOSITORY": "evil/thing",
                ], start: { jobs.start($0, key: $1) })
            try await body(
                World(receiver: receiver, jobs: jobs, store: store, repository: git.directory))
        }
    }

    private static let secretText = secret

    private static func run(
        _ conclusion: String = "failure", repository: String = "acme/shop",
        head: String = "acme/shop"
    ) -> String {
        """
        {"action":"completed","workflow_run":{"id":7,"conclusion":"\(conclusion)",\
        "head_sha":"\(commit)","head_branch":"main","head_repository":{"full_name":"\(head)"}},\
        "repository":{"full_name":"\(repository)"}}
        """
    }

    @Test func aRedRunStartsOneJob() async throws {
        try await Self.withWorld { world in
            let first = try await world.receive("github", Self.run())
            #expect(first == .started(job: "job webhook github 1", isNew: true))
            // Forges repeat what was not answered in time.
            #expect(
                try await world.receive("github", Self.run())
                    == .started(job: "job webhook github 1", isNew: false))
            let request = try #require(world.jobs.requests.first)
            #expect(request.kind == .heal && request.repository == "shop")
            #expect(request.bad == Self.commit && request.forge == "github")
            #expect(request.event?.run == "7" && request.event?.branch == "main")
            let text = try JSONTextEncoder.encode(request)
            #expect(try JSONDecoder().decode(JobRequest.self, from: Data(text.utf8)) == request)
        }
    }

    @Test func otherKindsOfEvents() async throws {
        let github = [
            #"{"check_suite":{"conclusion":"timed_out","head_sha":"SHA"},"#,
            #"{"deployment_status":{"state":"error"},"deployment":{"sha":"SHA"},"#,
            #"{"pull_request":{"merged":true,"merge_commit_sha":"SHA"},"#,
        ].map {
            $0.replacing("SHA", with: Self.commit)
                + #""repository":{"full_name":"acme/shop"}}"#
        }
        let gitlab = [
            #""object_kind":"pipeline","object_attributes":{"id":3,"status":"failed","sha":"SHA"}}"#,
            #""object_kind":"deployment","status":"failed","commit_url":"https://x/-/commit/SHA"}"#,
        ].map {
            #"{"project":{"path_with_namespace":"acme/group/other"},"#
                + $0.replacing("SHA", with: Self.commit)
        }
        try await Self.withWorld { world in
            for (number, body) in github.enumerated() {
                let answer = try await world.receive("github", body, number: "g\(number)")
                #expect(answer == .started(job: "job webhook github g\(number)", isNew: true))
            }
            for (number, body) in gitlab.enumerated() {
                let answer = try await world.receive("gitlab", body, number: "l\(number)")
                #expect(answer == .started(job: "job webhook gitlab l\(number)", isNew: true))
            }
            #expect(world.jobs.requests.count == 5)
            #expect(world.jobs.requests.allSatisfy { $0.bad == Self.commit })
        }
    }

    @Test func whatAsksForNothingStartsNothing() async throws {
        try await Self.withWorld { world in
            for (body, event) in [
                (Self.run("success"), "workflow_run"), (#"{"zen":"x"}"#, "ping"),
                (#"{"action":"starred","repository":{"full_name":"acme/shop"}}"#, "star"),
                (Self.run(head: "mallory/shop"), "workflow_run"),
            ] {
                let answer = try await world.receive("github", body, event: event)
                guard case .ignored = answer else {
                    Issue.record("\(event): \(answer)")
                    continue
                }
            }
            #expect(world.jobs.requests.isEmpty)
        }
    }

    @Test func whatIsNotSignedIsNotRead() async throws {
        try await Self.withWorld { world in
            let refusals: [(String, String, String?, ForgeDeliveryRefusal.Kind)] = [
                ("github", Self.run(), nil, .unsigned),
                ("github", Self.run(), "another-secret-0123456789", .unsigned),
                ("gitlab", "{}", "0123456789abcdef0123456789abcdeX", .unsigned),
                // Broken bodies without a signature say nothing of themselves.
                ("github", "not json", nil, .unsigned),
                ("github", "not json", Self.secret, .malformed),
                ("github", "[]", Self.secret, .malformed),
                ("github", Self.run(repository: "mallory/shop"), Self.secret, .unknownRepository),
                // The name of one forge's repository is not the other's.
                ("gitlab", Self.run(), Self.secret, .unknownRepository),
                ("sourcehut", Self.run(), Self.secret, .unknownForge),
            ]
            for (forge, body, secret, kind) in refusals {
                let refusal = await #expect(throws: ForgeDeliveryRefusal.self) {
                    try await world.receive(forge, body, secret: secret)
                }
                #expect(refusal?.kind == kind, "\(forge) \(body)")
                #expect(refusal?.description.contains(Self.secret) == false)
            }
            #expect(world.jobs.requests.isEmpty)
            #expect(Set(ForgeDeliveryRefusal.Kind.allCases.map(\.status)).count == 4)
        }
    }

    @Test func aCommandIsOnlyAReasonToAsk() async throws {
        try await Self.withWorld { world in
            let url = "https://github.com/acme/shop/issues/4"
            let holder = IncidentHolder(host: "h", process: 1, processStart: 1)
            let record = try await world.store.claim(
                IncidentRecord(
                    id: "inc-1", repository: try HealSession.root(of: world.repository),
                    signature: "s", branch: "main", title: "t", openedAt: HealWorld.time,
                    updatedAt: HealWorld.time), holder: holder, isAlive: { _ in false })
            _ = try await world.store.recordTicket(
                url: url, incident: record.id, time: HealWorld.time)
            func comment(_ text: String, action: String = "created", at place: String) -> String {
                """
                {"action":"\(action)","issue":{"number":4,"html_url":"\(place)"},\
                "comment":{"id":1,"body":"\(text)","user":{"login":"mallory"}},\
                "repository":{"full_name":"acme/shop"}}
                """
            }
            let answer = try await world.receive(
                "github", comment("/drydock retry", at: url), event: "issue_comment")
            #expect(answer == .started(job: "job webhook github 1", isNew: true))
            let request = try #require(world.jobs.requests.first)
            // Neither the verb nor the person travels: the forge is asked for both.
            #expect(request.incident == "inc-1" && request.event == nil)
            for body in [
                comment("please retry", at: url), comment("> /drydock retry", at: url),
                comment("/drydock retry", action: "edited", at: url),
                comment("/drydock retry", at: url + "0"),
            ] {
                let other = try await world.receive("github", body, event: "issue_comment")
                guard case .ignored = other else {
                    Issue.record("\(body): \(other)")
                    continue
                }
            }
            #expect(world.jobs.requests.count == 1)
        }
    }

    @Test func secretsThatOthersReadOrGuessAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(path: directory + "/store.sqlite")
            for (text, mode) in [(Self.secret, 0o644), ("short", 0o600)] {
                let path = directory + "/secret"
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: path)
                await #expect(throws: PortError.self) {
                    _ = try await ForgeEventReceiver(
                        repositories: [:], store: store,
                        environment: ["DRYDOCK_GITHUB_WEBHOOK_SECRET_FILE": path],
                        start: { _, _ in ("", true) })
                }
            }
            let none = try await ForgeEventReceiver(
                repositories: [:], store: store, environment: [:], start: { _, _ in ("", true) })
            #expect(none.forges.isEmpty)
        }
    }
}
