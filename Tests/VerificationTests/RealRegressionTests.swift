import Foundation
import RunModel
import TestSupport
import Testing

@testable import Verification

private let clonesDirectory = ProcessInfo.processInfo.environment["DRYDOCK_REAL_REGRESSIONS"]

/// Triage on regressions of real projects. Measuring only: nothing of the projects is kept here, and
/// the clones are whoever runs this brings along.
///
/// `DRYDOCK_REAL_REGRESSIONS` is a directory with one clone per project and `cases.json`, as
/// `Benchmarks/regressions/run` writes it: the list `cases` with `id`, `repository` (owner/name),
/// `good`, `bad`, `pytest_arguments`, `causal_hunks`, and of the machine `bin` (where that case's
/// `python3` is) and `plugins`.
@Suite(.enabled(if: clonesDirectory != nil), .serialized)
struct RealRegressionTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var repository: String
        var good: String
        var bad: String
        var pytestArguments: String
        var causalHunks: [String]
        var bin: String?
        var plugins: [String]?
        /// `order dependent`: no regression at all.
        var kind: String?
        var test: String?

        /// `all five hunks` is the other way in which the list says how many there are.
        var hunkCount: Int { causalHunks == ["all five hunks"] ? 5 : causalHunks.count }

        enum CodingKeys: String, CodingKey {
            case id, repository, good, bad
            case pytestArguments = "pytest_arguments"
            case causalHunks = "causal_hunks"
            case bin, plugins, kind, test
        }

        var testDescription: String { "\(id) \(repository)" }
    }

    static func cases() -> [Case] {
        struct File: Decodable { var cases: [Case] }
        guard let directory = clonesDirectory,
            let data = FileManager.default.contents(atPath: directory + "/cases.json"),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.cases
    }

    @Test(arguments: cases().filter { $0.kind == nil })
    func findsTheCausalHunks(_ regression: Case) async throws {
        let report = try await triage(regression)
        let hunks = report.causalHunks.map { "\($0.path) \($0.header)" }
        let regressed = report.tests.count { $0.class == .regression }
        let others = report.tests.count - regressed
        let fields = [
            regression.id, "\(report.class)", "\(regressed)", "\(others)",
            report.culprit?.commit ?? "none", hunks.joined(separator: "; "),
            "\(report.runs.count)",
        ]
        print("measured|" + fields.joined(separator: "|"))
        #expect(report.class == .regression)
        #expect(hunks.count == regression.hunkCount)
        guard regression.causalHunks.count == regression.hunkCount else { return }
        for (found, expected) in zip(hunks, regression.causalHunks) {
            let start = expected.drop { $0 != "@" }.split(separator: ",").first ?? ""
            #expect(found.contains(start), "\(found) found, \(expected) expected")
        }
    }

    /// A test that fails in some orders only is flaky, and order is what decides.
    @Test(arguments: cases().filter { $0.kind != nil })
    func findsWhatDecides(_ regression: Case) async throws {
        let report = try await triage(regression)
        let test = report.tests.first { $0.id == regression.test }
        let fields = [
            regression.id, "\(report.class)", "0", "\(report.tests.count)", "none",
            "decided by \(test?.decidedBy ?? "nothing")", "\(report.runs.count)",
        ]
        print("measured|" + fields.joined(separator: "|"))
        #expect(report.class == .flaky)
        #expect(test?.decidedBy == "order")
    }

    private func triage(_ regression: Case) async throws -> TriageReport {
        let directory = try #require(clonesDirectory)
        let name = regression.repository.split(separator: "/").last ?? ""
        let git = GitCommandLine(directory: "\(directory)/\(name)")
        var command = PythonProject.command
        let plugins = (regression.plugins ?? []).map { "-p \($0) " }.joined()
        let call =
            "python3 -m pytest -q -p no:cacheprovider -o addopts= \(plugins)"
            + "--junitxml $DRYDOCK_REPORTS/junit.xml "
        command.run = call + regression.pytestArguments
        command.select = call + "{tests}"
        command.environment = ["PYTHONPATH": "."]
        command.limits.wallMilliseconds = 300_000
        let reader = GitCommandLineReader(git)
        var options = TriageOptions()
        options.repeats = 3
        if regression.kind != nil {
            options.namesWhatDecides = true
            options.tests = regression.test.map { [$0] }
        }
        return try await Triage(
            runner: SuiteRunner(
                command: command,
                executor: PlainExecutor(git, environment: Self.environment(regression))),
            trees: reader, history: reader, options: options
        ).run(good: regression.good, bad: regression.bad)
    }

    private static func environment(_ regression: Case) -> [String: String] {
        var environment = ["PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"]
        if let bin = regression.bin {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            environment["PATH"] = "\(bin):\(path)"
        }
        return environment
    }
}
