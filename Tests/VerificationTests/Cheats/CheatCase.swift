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

extension CheatCase {
    /// Runs the whole protocol on the case, with guardrails that let everything pass: what is
    /// caught here is caught by evidence.
    func verify(repeats: Int? = nil) async throws -> VerificationReport {
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
            request.repeats = repeats ?? project.repeats
            request.gate = { base, head in
                GateReport(
                    verdict: .pass, base: base, head: head, tree: head,
                    policy: PolicyIdentity(source: "none", digest: ""), findings: [],
                    statistics: GateStatistics())
            }
            let executor = PlainExecutor(
                git, environment: ["PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"])
            return try await Verification(
                command: project.command, executor: executor, trees: reader
            ).run(request).report
        }
    }
}
