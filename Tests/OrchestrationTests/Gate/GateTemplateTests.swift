import Foundation
import PolicyFiles
import TestSupport
import Testing

@testable import Verification

/// What a CI system runs of `action.yml` and of the GitLab template, run as it would run it: on a
/// branch that left its target before the target moved on.
@Suite struct GateTemplateTests {
    private static let root = String(
        #filePath.dropLast("/Tests/OrchestrationTests/Gate/GateTemplateTests.swift".count))

    private static func text(_ path: String) throws -> PolicyText {
        let content = try #require(FileManager.default.contents(atPath: "\(Self.root)/\(path)"))
        return try PolicyText(name: path, bytes: Array(content))
    }

    private struct Project {
        let git: GitCommandLine
        let base: String
        /// Changes the code.
        let honest: String
        /// Deletes a test.
        let cheat: String

        init(at directory: String) throws {
            git = try GitCommandLine.create(at: directory)
            let test = "def test_a():\n    assert f(1) == 2\n"
            try git.commit(["a.py": "def f(x):\n    return x\n", "test_a.py": test])
            try git.run(["checkout", "-q", "-b", "honest"])
            honest = try git.commit(["a.py": "def f(x):\n    return x + 1\n"])
            try git.run(["checkout", "-q", "-b", "cheat", "main"])
            cheat = try git.commit(["test_a.py": "x = 1\n"])
            try git.run(["checkout", "-q", "main"])
            // Seen from here both branches lack a test that they never had.
            base = try git.commit(["test_b.py": test.replacing("test_a", with: "test_b")])
        }
    }

    private static func run(
        _ script: String, in directory: String, environment: [String: String]
    ) throws -> ChildProcess.Result {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let built = (program as NSString).deletingLastPathComponent
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        var variables = [
            "PATH": "\(built):\(path)", "HOME": directory, "XDG_CACHE_HOME": directory + "/.cache",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        variables.merge(environment) { $1 }
        return try ChildProcess(
            ["/bin/bash", "-eo", "pipefail", "-c", script], environment: variables,
            directory: directory
        ).run()
    }

    @Test func action() throws {
        let action = try YAMLReader.read(Self.text("action.yml"), dialect: .pipeline)
        let steps = try #require(action["runs"]?["steps"]?.items)
        let script = try #require(steps.first?["run"]?.text)
        #expect(steps.count == 1)
        try withTemporaryDirectory { directory in
            let project = try Project(at: directory + "/repository")
            for (head, status) in [(project.honest, Int32(0)), (project.cheat, 1)] {
                let summary = directory + "/summary-\(status)"
                let result = try Self.run(
                    script, in: project.git.directory,
                    environment: [
                        "BASE": project.base, "HEAD": head, "POLICY": "", "FAIL_ON": "block",
                        "SARIF": "drydock.sarif", "GITHUB_STEP_SUMMARY": summary,
                    ])
                let output = String(decoding: result.output, as: UTF8.self)
                let errors = String(decoding: result.error, as: UTF8.self)
                #expect(result.status == status, "\(output)\(errors)")
                #expect(output.contains("::error") == (status == 1))
                #expect(
                    try String(contentsOfFile: summary, encoding: .utf8).contains("test-deleted")
                        == (status == 1))
                let sarif = try String(
                    contentsOfFile: project.git.directory + "/drydock.sarif", encoding: .utf8
                ).filter { $0 != " " }
                #expect(sarif.contains("\"version\":\"2.1.0\""))
                #expect(sarif.contains("\"ruleId\":\"test-deleted\"") == (status == 1))
            }
            let unknown = try Self.run(
                script, in: project.git.directory,
                environment: [
                    "BASE": "nowhere", "HEAD": project.honest, "POLICY": "", "FAIL_ON": "block",
                    "SARIF": "", "GITHUB_STEP_SUMMARY": directory + "/summary",
                ])
            #expect(unknown.status == 2)
        }
    }

    @Test func gitLabTemplate() throws {
        let job = try CIJob.read(Self.text("templates/gitlab-gate.yml"), job: "drydock-gate")
        try withTemporaryDirectory { directory in
            let project = try Project(at: directory + "/origin")
            for (head, status) in [(project.honest, Int32(0)), (project.cheat, 1)] {
                // GitLab's runner fetches the merge request's commit alone.
                let clone = try GitCommandLine.create(at: "\(directory)/clone-\(status)")
                try clone.run(["remote", "add", "origin", project.git.directory])
                try clone.run(["fetch", "-q", "origin", head])
                try clone.run(["checkout", "-q", "--detach", head])
                let result = try Self.run(
                    job.script, in: clone.directory,
                    environment: job.environment.merging([
                        "CI_COMMIT_SHA": head, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
                    ]) { $1 })
                #expect(
                    result.status == status, "\(String(decoding: result.error, as: UTF8.self))")
                let report = try String(
                    contentsOfFile: clone.directory + "/gl-code-quality-report.json",
                    encoding: .utf8)
                let findings = try #require(
                    try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [[String: Any]])
                #expect(
                    findings.contains { $0["check_name"] as? String == "test-deleted" }
                        == (status == 1), "\(report)")
            }
        }
    }
}
