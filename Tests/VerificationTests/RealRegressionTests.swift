import Foundation
import RunModel
import TestSupport
import Testing

@testable import Verification

private let clonesDirectory = ProcessInfo.processInfo.environment["DRYDOCK_REAL_REGRESSIONS"]

/// Triage on regressions of real projects. Measuring only: nothing of the projects is kept here, and
/// the clones are whoever runs this brings along.
///
/// `DRYDOCK_REAL_REGRESSIONS` is a directory with one clone per project and `cases.json`: the list
/// `cases` with `id`, `repository` (owner/name), `good`, `bad`, `pytest_arguments`, `causal_hunks`.
@Suite(.enabled(if: clonesDirectory != nil), .serialized)
struct RealRegressionTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var repository: String
        var good: String
        var bad: String
        var pytestArguments: String
        var causalHunks: [String]

        enum CodingKeys: String, CodingKey {
            case id, repository, good, bad
            case pytestArguments = "pytest_arguments"
            case causalHunks = "causal_hunks"
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

    @Test(arguments: cases())
    func findsTheCausalHunks(_ regression: Case) async throws {
        let directory = try #require(clonesDirectory)
        let name = regression.repository.split(separator: "/").last ?? ""
        let git = GitCommandLine(directory: "\(directory)/\(name)")
        var command = PythonProject.command
        let call =
            "python3 -m pytest -q -p no:cacheprovider -o addopts= --junitxml $DRYDOCK_REPORTS/junit.xml "
        command.run = call + regression.pytestArguments
        command.select = call + "{tests}"
        command.environment = ["PYTHONPATH": "."]
        command.limits.wallMilliseconds = 300_000
        let reader = GitCommandLineReader(git)
        var options = TriageOptions()
        options.repeats = 3
        let report = try await Triage(
            runner: SuiteRunner(
                command: command,
                executor: PlainExecutor(git, environment: ["PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"])),
            trees: reader, history: reader, options: options
        ).run(good: regression.good, bad: regression.bad)
        let hunks = report.causalHunks.map { "\($0.path) \($0.header)" }
        let regressed = report.tests.count { $0.class == .regression }
        let others = report.tests.count - regressed
        print(
            "\(regression.id): \(report.class), \(regressed) regressed, \(others) other, culprit",
            report.culprit?.commit ?? "none", hunks, "\(report.runs.count) runs")
        #expect(report.class == .regression)
        #expect(hunks.count == regression.causalHunks.count)
        for (found, expected) in zip(hunks, regression.causalHunks) {
            let start = expected.drop { $0 != "@" }.split(separator: ",").first ?? ""
            #expect(found.contains(start), "\(found) found, \(expected) expected")
        }
    }
}
