import RunModel
import Synchronization

@testable import Verification

/// Plays a suite of one test that fails with a known probability on every tree, so that what the
/// verdicts are worth can be counted over many trials.
final class ChanceExecutor: CommandExecutor {
    private let failureRate: Double
    private let generator: Mutex<SplitMix>

    init(failureRate: Double, seed: UInt64) {
        self.failureRate = failureRate
        generator = Mutex(SplitMix(state: seed))
    }

    func run(_ request: CommandRequest) async throws -> CommandResult {
        let fails = generator.withLock { Double.random(in: 0..<1, using: &$0) < failureRate }
        var report = RunReport(
            command: request.arguments, outcome: .exited, startedAt: "2026-01-01T00:00:00Z",
            limits: request.limits, isolation: IsolationReport(network: "none"))
        report.exitCode = fails ? 1 : 0
        let failure = fails ? #"<failure message="assert 0">assert 0</failure>"# : ""
        let document = """
            <?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" \
            failures="\(fails ? 1 : 0)" skipped="0" tests="1" time="0.1"><testcase \
            classname="tests.test_it" name="test_it" time="0.1">\(failure)</testcase></testsuite></testsuites>
            """
        let console = fails ? "1 failed in 0.10s\n" : "1 passed in 0.10s\n"
        return CommandResult(
            report: report, standardOutput: Array(console.utf8), standardError: [],
            reports: ["junit.xml": Array(document.utf8)])
    }
}
