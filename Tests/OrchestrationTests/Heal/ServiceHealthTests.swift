import Foundation
import GitWorktrees
import PolicyFiles
import RunModel
import RunStore
import TestSupport
import Testing
import Verification

@testable import Orchestration

/// Services are started, asked, and their wrong answer is a failing test.
@Suite struct ServiceHealthTests {
    static let server = """
        import http.server, json
        config = json.load(open("config/payments.json"))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == config["health_path"] else 404)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        http.server.HTTPServer(("127.0.0.1", config["port"]), Handler).serve_forever()

        """

    static func configuration(port: Int) -> String {
        """
        version: 1
        test: {run: "python3 -c 'import ast; ast.parse(open(\\"serve.py\\").read())'"}
        services:
          payments: {run: python3 serve.py, config: config/payments.json,
                     health: "curl -fsS http://127.0.0.1:\(port)/healthz"}
        """
    }

    static func settings(port: Int, path: String = "/healthz", note: String = "a") -> String {
        """
        {
          "note": "\(note)",
          "port": \(port),
          "a": 1,
          "b": 2,
          "c": 3,
          "health_path": "\(path)"
        }
        """
    }

    @Test func aWrongPortIsFoundAndItsRepairProvenByStartingAgain() async throws {
        let port = Int.random(in: 20_000..<50_000)
        try await HealServiceTests.withProject([
            [
                "serve.py": Self.server, "config/payments.json": Self.settings(port: port),
                "drydock.yaml": Self.configuration(port: port),
            ],
            ["README": "more\n"],
            // The port is the fault; the note is not, and stays.
            ["config/payments.json": Self.settings(port: port + 1, note: "b")],
        ]) { project in
            let report = try await project.heal()
            let story = "\(report.escalation?.reason ?? "") \(report.attempts)"
            #expect(report.outcome == .pullRequest, "\(story)")
            #expect(report.triage?.tests.map(\.id) == ["health:payments"])
            let guilty = try project.git.text(["rev-parse", "HEAD"])
            #expect(report.triage?.culprit?.commit == guilty)
            let bare = GitCommandLine(directory: project.directory + "/forge/repository.git")
            let branch = try #require(report.pullRequest).branch
            #expect(
                try bare.text(["show", "\(branch):config/payments.json"]).contains(
                    "\"port\": \(port),"))
            let body = try String(
                contentsOfFile: "\(project.directory)/forge/pulls/\(project.files("pulls")[0])",
                encoding: .utf8)
            #expect(body.contains("health:\u{200B}payments") || body.contains("health:payments"))
            #expect(body.contains("1 of 1 planted canaries failed"))
        }
    }

    /// A service of a project runs in the project's folder, and is healed as the project's.
    @Test func aServiceOfAProjectIsHealedInItsFolder() async throws {
        let port = Int.random(in: 20_000..<50_000)
        let configuration = """
            version: 1
            projects:
              - path: services/pay
                test: {run: "python3 -c 'import ast; ast.parse(open(\\"serve.py\\").read())'"}
                services:
                  payments: {run: python3 serve.py, config: config/payments.json,
                             health: "curl -fsS http://127.0.0.1:\(port)/healthz"}
              - path: services/other
                test: {run: "true"}
            """
        let folder = "services/pay/"
        try await HealServiceTests.withProject([
            [
                folder + "serve.py": Self.server,
                folder + "config/payments.json": Self.settings(port: port),
                "services/other/x": "1\n", "drydock.yaml": configuration,
            ], [folder + "config/payments.json": Self.settings(port: port + 1, note: "b")],
        ]) { project in
            let report = try await project.heal()
            let parts = try #require(report.projects)
            #expect(parts.map(\.path) == ["services/pay", "services/other"])
            let own = try #require(parts[0].report, "\(parts[0].error ?? "")")
            let story = "\(own.escalation?.reason ?? "") \(own.attempts)"
            #expect(own.outcome == .pullRequest, "\(story)")
            #expect(own.triage?.tests.map(\.id) == ["health:payments"])
            #expect(parts[1].report?.outcome == .nothingToHeal)
            let bare = GitCommandLine(directory: project.directory + "/forge/repository.git")
            let branch = try #require(own.pullRequest).branch
            let text = try bare.text(["show", "\(branch):\(folder)config/payments.json"])
            #expect(text.contains("\"port\": \(port),"))
        }
    }

    @Test func aHealthyServiceIsNothingToHeal() async throws {
        let port = Int.random(in: 20_000..<50_000)
        try await HealServiceTests.withProject([
            [
                "serve.py": Self.server, "config/payments.json": Self.settings(port: port),
                "drydock.yaml": Self.configuration(port: port),
            ]
        ]) { project in
            let report = try await project.heal()
            #expect(report.outcome == .nothingToHeal)
        }
    }

    /// Names and commands of a hostile configuration stay words, and answers stay text.
    @Test func nothingBreaksOutOfTheScriptOrTheReport() async throws {
        try await withTemporaryDirectory { directory in
            let services = [
                "a'; touch broken; '": ServiceSection(
                    run: "echo \"]]></failure>&\"; sleep 5", health: "echo '<\"&'; false"),
                "fine": ServiceSection(run: "sleep 5", health: "true"),
                "ended": ServiceSection(run: "exit 3", health: "false"),
            ]
            let git = try GitCommandLine.create(at: directory + "/r")
            try git.commit(["a": "1"])
            let command = HealthCommand.command(
                for: services, beside: .init(runner: "x", run: "true", paths: .init([])),
                addsCanary: true)
            let run = try await SuiteRunner(command: command, executor: PlainExecutor(git)).run(
                tree: git.text(["rev-parse", "HEAD^{tree}"]), role: "test")
            #expect(run.outcomes.passing == ["health:fine"])
            #expect(run.outcomes.failing.count == 3)
            #expect(run.outcomes.failing.contains("health:drydock-canary"))
            #expect(run.channels.issues.isEmpty)
        }
    }
}
