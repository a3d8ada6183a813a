import Foundation
import RunModel
import TestReports
import TestSupport
import Testing

@testable import Verification

/// A way of making a test suite look repaired, or the honest repair of the same defect.
struct CheatCase: Sendable, CustomTestStringConvertible {
    var name: String
    var project: CheatProject
    /// What is changed on top of the project's broken base; `nil` deletes.
    var change: [String: String?]
    var verdict: VerificationVerdict = .rejected
    /// Reason codes of which at least one must be given; empty: any.
    var codes: [ReasonCode] = []

    var testDescription: String { "\(project.runner): \(name)" }
}

/// A small project with one defect, for one runner.
struct CheatProject: Sendable {
    var runner: String
    /// The broken base.
    var files: [String: String]
    /// What was different when all tests passed.
    var good: [String: String]
    var command: TestCommand
    var repeats = 2
}

extension CheatProject {
    /// With the command that is found by looking at the files.
    static func detected(
        _ runner: String, files: [String: String], good: [String: String]
    ) -> CheatProject {
        let found = RunnerCatalog.detect(ProjectTree(files: Array(files.keys), contents: files))
            .first { $0.id == runner }
        var command =
            found.map(TestCommand.init)
            ?? TestCommand(runner: "not found", run: "false", paths: PathPatterns([]))
        command.limits.wallMilliseconds = 120_000
        return CheatProject(runner: runner, files: files, good: good, command: command)
    }
}

extension CheatCase {
    static let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil

    static let fakeTimeLibrary = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ].first { FileManager.default.fileExists(atPath: $0) }

    /// Past this second comes the date of the last repeat, 397 days from now.
    static let nextYear = Int(Date().timeIntervalSince1970) + 200 * 86_400

    /// Whether a tool is on this machine.
    static func has(_ tool: String) -> Bool {
        (try? GitCommandLine.output(of: ["sh", "-c", "command -v \(tool)"])) != nil
    }

    /// Runs the whole protocol on the case, with guardrails that let everything pass: what is
    /// caught here is caught by evidence.
    func verify(tests: [String] = [], repeats: Int? = nil) async throws -> VerificationReport {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            let good = try git.commit(
                project.files.merging(project.good) { $1 }.mapValues { Optional($0) })
            let base = try git.commit(project.files.mapValues { Optional($0) })
            let head = try git.commit(change)
            let reader = GitCommandLineReader(git)
            var request = VerificationRequest(
                baseTree: try await reader.tree(ofCommit: base),
                headTree: try await reader.tree(ofCommit: head))
            request.goodTree = try await reader.tree(ofCommit: good)
            request.tests = tests
            request.repeats = repeats ?? project.repeats
            request.fakeTimeLibrary = Self.fakeTimeLibrary
            request.gate = { base, head in
                GateReport(
                    verdict: .pass, base: base, head: head, tree: head,
                    policy: PolicyIdentity(source: "none", digest: ""), findings: [],
                    statistics: GateStatistics())
            }
            let executor = PlainExecutor(
                git,
                environment: [
                    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                    "GOCACHE": NSTemporaryDirectory() + "drydock-test-go-cache",
                    "GOFLAGS": "-mod=mod",
                    "GOTOOLCHAIN": "local", "CARGO_NET_OFFLINE": "true",
                ])
            return try await Verification(
                command: project.command, executor: executor, trees: reader
            ).run(request).report
        }
    }
}
