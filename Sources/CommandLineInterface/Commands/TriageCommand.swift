internal import ArgumentParser
internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore
internal import Verification

/// `drydock triage`: which tests, since which commit, because of which lines, flaky or not.
struct TriageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage",
        abstract: "Compares test results at two revisions and attributes what broke.",
        discussion: """
            Exits 0 when there is no regression, 1 when one was attributed, 3 when the evidence is \
            ambiguous, and 2 when something is wrong with the call, the repository or the \
            configuration.
            """)

    @Option(help: "Any path inside the repository.")
    var repo: String = "."

    @Option(help: "A revision on which the tests passed.")
    var good: String

    @Option(help: "The revision that is red.")
    var bad: String

    @Option(name: .customLong("test"), help: "Only this test; may be repeated.")
    var tests: [String] = []

    @Option(help: "The dependency resolution when it was last green: a lock file, or a log.")
    var goodLock: String?

    @Flag(help: "Rerun under variation and name what decides each flaky test.")
    var flaky = false

    @Option(name: .customLong("repeat"), help: "Runs per revision before a test counts as broken.")
    var repeats: Int = 5

    @Option(help: "text, json or markdown.")
    var format: TriageFormat = .text

    func validate() throws {
        guard (2...100).contains(repeats) else {
            throw ValidationError("--repeat takes a number from 2 to 100.")
        }
    }

    func run() async throws {
        Departure.arm()
        throw ExitCode(
            await CommandOutcome.status(of: "triage") {
                var options = TriageOptions()
                options.repeats = repeats
                options.namesWhatDecides = flaky
                options.tests = tests.isEmpty ? nil : tests
                let store = try Store(path: StateDirectory.standard().store)
                options.baselines = store
                var request = TriageRequest(
                    repository: repo, good: good, bad: bad, options: options)
                if let goodLock {
                    guard let content = FileManager.default.contents(atPath: goodLock) else {
                        throw ValidationError(
                            "The file \(goodLock) cannot be read; check the path.")
                    }
                    request.goodLock = String(decoding: content, as: UTF8.self)
                }
                let report = try await WorkRecord.perform(
                    "triage", title: "\(repo): \(good)..\(bad)", store: store,
                    document: { try JSONTextEncoder.encode($0) }
                ) {
                    try await TriageCoordinator.triage(
                        request, host: try ExecutionHost(), operatorFiles: OperatorFiles())
                }
                FileHandle.standardOutput.write(Data(try format.render(report).utf8))
                return report.exitStatus
            })
    }
}

extension TriageFormat: ExpressibleByArgument {}

extension TriageReport {
    /// 0 no regression, 1 regression attributed, 3 ambiguous.
    fileprivate var exitStatus: Int32 {
        switch `class` {
        case .none, .preExisting, .flaky: 0
        case .regression, .dependencyDrift: 1
        case .ambiguous, .infrastructure: 3
        }
    }
}
