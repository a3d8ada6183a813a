import Foundation
import PolicyFiles
import Repair
import RunModel
import TestSupport
import Testing
import Verification

@testable import Orchestration

private let clonesDirectory = ProcessInfo.processInfo.environment["DRYDOCK_REAL_REGRESSIONS"]

/// Drift between real packages, prepared by `Benchmarks/regressions/run`: measuring only.
@Suite(.enabled(if: clonesDirectory != nil), .serialized)
struct RealDriftTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var directory: String
        var lock: String
        var package: String
        var lastGood: String
        var firstBad: String

        enum CodingKeys: String, CodingKey {
            case id, directory, lock, package
            case lastGood = "last_good"
            case firstBad = "first_bad"
        }

        var testDescription: String { id }
    }

    static func cases() -> [Case] {
        struct File: Decodable { var drifts: [Case]? }
        guard let directory = clonesDirectory,
            let data = FileManager.default.contents(atPath: directory + "/cases.json"),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.drifts ?? []
    }

    @Test(arguments: cases()) func namesThePackage(_ drift: Case) async throws {
        let git = GitCommandLine(directory: drift.directory)
        let reader = GitCommandLineReader(git)
        let commit = try git.text(["rev-parse", "HEAD"])
        let tree = try git.text(["rev-parse", "HEAD^{tree}"])
        let context = try await ProjectContext.load(
            tree: tree, reader: reader, repository: drift.directory,
            operatorConfiguration: OperatorConfiguration())
        let environment = [
            "DRYDOCK_ENV": NSTemporaryDirectory() + "drydock-drift-" + UUID().uuidString,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        ]
        defer { try? FileManager.default.removeItem(atPath: environment["DRYDOCK_ENV"] ?? "") }
        let executor = SetupExecutor(
            executor: PlainExecutor(git, environment: environment), steps: context.setup)
        let request = HealRequest(
            repository: drift.directory, good: nil, bad: commit, badTree: tree,
            targetBranch: "main", fixers: [])
        let detection = try await Detector.runTests(
            context.testCommand, tree: tree, executor: executor)
        #expect(detection.isRed)
        let report = try await ProjectTriager(
            command: context.testCommand, executor: executor, trees: reader, history: reader,
            goodResolution: ResolvedPackage.read(drift.lock)
        ).triage(request, detection)
        let drifted = report.drift.map { "\($0.name) \($0.good) to \($0.bad ?? "none")" }
        let fields = [
            drift.id, "\(report.class)", "\(report.tests.count)", "0", "none",
            drifted.joined(separator: ", "), "-",
        ]
        print("measured|" + fields.joined(separator: "|"))
        #expect(report.class == .dependencyDrift)
        #expect(drifted == ["\(drift.package) \(drift.lastGood) to \(drift.firstBad)"])
    }
}
