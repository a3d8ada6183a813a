import Foundation
import GitWorktrees
import PolicyFiles
import Repair
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration
@testable import Verification

/// The constructed regressions: each is healed from end to end without a model, and everything that
/// is said on the way is compared with what is known about it.
///
/// A few cases stand for all of them in CI; `DRYDOCK_LONG=1` runs every one and writes the table of
/// docs/benchmarks/constructed-regressions.md; `DRYDOCK_CORPUS_CASE` runs those whose names contain
/// one of its parts, with `|` between them.
@Suite(.serialized) struct RegressionCorpusTests {
    static let everything =
        PythonRegressions.all + JavaScriptRegressions.all + GoRegressions.all + RustRegressions.all
        + ProjectRegressions.all
    static let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil
    private static let short: Set<String> = [
        "Python: a wrong sign in one hunk with a new function",
        "JavaScript: an export that was dropped",
        "settings: a setting read under a new name",
    ]

    static var cases: [RegressionCase] {
        if let wanted = ProcessInfo.processInfo.environment["DRYDOCK_CORPUS_CASE"]?.split(
            separator: "|")
        {
            return everything.filter { wanted.contains(where: $0.testDescription.contains) }
        }
        return everything.filter { isLong || short.contains($0.testDescription) }
    }

    @Test func theCorpusIsAsLargeAsItMustBe() {
        #expect(Self.everything.count >= 40)
        #expect(Set(Self.everything.map(\.testDescription)).count == Self.everything.count)
        #expect(Set(Self.everything.map(\.project.language)).count >= 4)
        #expect(Self.short.isSubset(of: Set(Self.everything.map(\.testDescription))))
    }

    @Test(arguments: cases) func isJudgedAndRepaired(_ regression: RegressionCase) async throws {
        let tool = regression.project.tool
        try #require(
            (try? GitCommandLine.output(of: ["sh", "-c", "command -v \(tool)"])) != nil,
            "\(tool) is missing: .ci/setup test")
        try await withTemporaryDirectory { directory in
            let history = try CorpusHistory(regression, at: directory + "/repository")
            let index = regression.project.language == "packages" ? try CorpusIndex() : nil
            var environment = [
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GOTOOLCHAIN": "local",
                "GOFLAGS": "-mod=mod", "CARGO_NET_OFFLINE": "true",
                "GOCACHE": NSTemporaryDirectory() + "drydock-test-go-cache",
                "DRYDOCK_ENV": directory + "/environment",
            ]
            environment.merge(index?.environment ?? [:]) { $1 }
            let executor = PlainExecutor(history.git, environment: environment)
            let store = try Store(path: directory + "/store.sqlite")
            let started = Date()
            let report = try await Self.heal(
                regression, history, store: store, executor: executor, directory: directory)
            let seconds = Date().timeIntervalSince(started)
            let judge = CorpusJudge(
                regression: regression, history: history, report: report, executor: executor,
                directory: directory)
            let errors = try await judge.errors()
            print("corpus|\(judge.row(seconds: seconds, errors: errors))")
            let attempts = report.attempts.map {
                "\($0.fixer) \($0.verify.map { "\($0)" } ?? "-") \($0.note)"
            }
            if !errors.isEmpty { print(Self.ticket(directory + "/forge/issues")) }
            #expect(
                errors.isEmpty,
                "\(errors) \(attempts) \(report.escalation?.reason ?? "") \(report.triage.map { "\($0.class) \($0.causalHunks)" } ?? "")"
            )
        }
    }

    /// What a human was told: why each fixer had nothing.
    private static func ticket(_ folder: String) -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }.joined(separator: "\n")
    }

    private static func heal(
        _ regression: RegressionCase, _ history: CorpusHistory, store: Store,
        executor: PlainExecutor, directory: String
    ) async throws -> HealReport {
        var options = HealOptions(repository: history.git.directory)
        options.triageRepeats = 3
        options.verificationRepeats = 2
        options.goodLock = regression.goodLock
        if !regression.findsGood, regression.goodLock.isEmpty { options.good = history.good }
        // Drydock and the plain executor's git see one object store.
        let objects = history.git.directory + "/.git/objects"
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: objects)
        return try await HealService(
            options: options,
            repository: try GitRepository(at: history.git.directory, quarantine: objects),
            surroundings: HealService.Surroundings(
                store: store, operatorConfiguration: OperatorConfiguration(),
                forgeDirectory: directory + "/forge", executor: { _ in executor })
        ).heal()
    }
}
