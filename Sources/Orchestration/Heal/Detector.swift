package import RunModel
internal import TestReports
package import Verification

/// Finds out what is red, from whatever there is: the tests themselves, result files, a log.
package enum Detector {
    private static let logBytes = 32_000

    /// Runs the project's tests on the bad tree.
    package static func runTests(
        _ command: TestCommand, tree: String, executor: any CommandExecutor
    ) async throws -> Detection {
        let run = try await SuiteRunner(command: command, executor: executor)
            .run(tree: tree, role: "detect")
        let failing = run.outcomes.failing.sorted()
        let isGreen =
            run.report.outcome == .exited && run.report.exitCode == 0 && failing.isEmpty
        return Detection(
            source: "test_command", isRed: !isGreen, tests: failing, log: run.consoleTail,
            command: command.run)
    }

    /// Compares two result files; what failed in the baseline too is not news.
    ///
    /// - Parameter threshold: scores below it count as failed.
    /// - Throws: `TestReportError`.
    package static func compare(
        results: ReportFile, baseline: ReportFile?, threshold: Double?
    ) throws -> Detection {
        let current = try FormatCatalog.read(results.content, fileName: results.name)
        guard let baseline else {
            let failing = OutcomeTable(current.results)
            let red = failing.ids.filter { failing[$0]?.isFailure(threshold: threshold) == true }
            return Detection(source: "results", isRed: !red.isEmpty, tests: red.sorted())
        }
        let known = try FormatCatalog.read(baseline.content, fileName: baseline.name)
        let comparison = ResultComparison(
            baseline: OutcomeTable(known.results), current: OutcomeTable(current.results),
            scores: ScoreRule(threshold: threshold))
        let red = comparison.broken + comparison.addedFailing + comparison.missing
        return Detection(
            source: "results", isRed: !red.isEmpty, tests: red.sorted(),
            log: current.results.compactMap(\.message).joined(separator: "\n"))
    }

    /// Reads the failing tests that a CI log names.
    package static func read(log: [UInt8], fileName: String, command: String) -> Detection {
        let text = String(decoding: log.suffix(logBytes), as: UTF8.self)
        var failing: Set<String> = []
        for format in FormatCatalog.all
        where format.recognises(ReportHead(log, fileName: fileName)) {
            guard let report = try? format.parse(log, context: ReportContext()) else { continue }
            failing.formUnion(report.results.filter(\.status.isFailure).map(\.id))
        }
        return Detection(
            source: "log", isRed: true, tests: failing.sorted(), log: text, command: command)
    }
}

/// A result file, read by the edge.
package struct ReportFile: Sendable {
    package var name: String
    package var content: [UInt8]

    package init(name: String, content: [UInt8]) {
        self.name = name
        self.content = content
    }
}
