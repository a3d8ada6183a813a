package import RunModel
internal import TestReports

/// What the three channels of one run said, and where they contradict each other: the exit code,
/// the console's summary, and the report files.
package struct ChannelReading: Sendable {
    /// Every test, from the report files where there are any, else from the console.
    package let results: [TestResult]
    package let issues: [ChannelIssue]
    package let summary: VerificationReport.Channels

    init(_ result: CommandResult, command: TestCommand) {
        var issues: [ChannelIssue] = []
        let files = Self.reports(result, command: command, issues: &issues)
        let console = Self.console(result, command: command)
        let listed = files.isEmpty ? (console?.results ?? []) : files.flatMap(\.results)
        results = listed

        let outcomes = OutcomeMap(listed)
        let counts = Counts(outcomes)
        // Where the console is the only list of tests, it must at least agree with itself.
        for report in files.isEmpty ? [console].compactMap(\.self) : files {
            for problem in report.problems where Self.contradicts(problem.code) {
                issues.append(ChannelIssue(.reportContradictsItself, problem.message))
            }
        }
        if !files.isEmpty, let stated = console?.counts {
            let consoleCounts = Counts(stated)
            if !consoleCounts.agrees(with: counts) {
                issues.append(
                    ChannelIssue(
                        .consoleDisagrees,
                        "the console says \(consoleCounts), the report says \(counts)"))
            }
        } else if !files.isEmpty, command.consoleFormat != nil {
            issues.append(
                ChannelIssue(.consoleSilent, "the console has no summary beside the report"))
        }
        if result.report.outcome == .exited, let code = result.report.exitCode {
            let red = counts.failed > 0
            if !listed.isEmpty, red != (code != 0) {
                issues.append(
                    ChannelIssue(.exitCodeDisagrees, "exit code \(code) with \(counts)"))
            } else if listed.isEmpty, code == 0 {
                issues.append(ChannelIssue(.noTests, "exit code 0, and no test was reported"))
            }
        }
        self.issues = issues
        var summary = VerificationReport.Channels()
        summary.agree = issues.isEmpty && !listed.isEmpty
        summary.exitCode = result.report.exitCode
        summary.console = console?.counts.map { Counts($0).description }
        summary.report = files.isEmpty ? nil : counts.description
        self.summary = summary
    }

    private static func contradicts(_ code: ReportProblem.Code) -> Bool {
        switch code {
        case .truncated, .countMismatch, .hiddenRerun, .runnerAborted: true
        case .noTests, .textDropped, .unreadableEvent: false
        }
    }

    private static func reports(
        _ result: CommandResult, command: TestCommand, issues: inout [ChannelIssue]
    ) -> [TestReport] {
        let wanted = PathPatterns(command.reports)
        let found = result.reports.filter { wanted.matches($0.key) }.sorted { $0.key < $1.key }
        if found.isEmpty, !command.reports.isEmpty {
            issues.append(
                ChannelIssue(
                    .reportMissing,
                    "no report \(command.reports.joined(separator: ", ")) was written"))
        }
        return found.compactMap { name, bytes in
            do {
                let report = try FormatCatalog.read(bytes, fileName: name)
                if !report.isComplete {
                    issues.append(ChannelIssue(.reportTruncated, "\(name) ends in the middle"))
                }
                return report
            } catch {
                issues.append(ChannelIssue(.reportUnreadable, "\(error)"))
                return nil
            }
        }
    }

    private static func console(_ result: CommandResult, command: TestCommand) -> TestReport? {
        guard let id = command.consoleFormat, let format = FormatCatalog.format(id) else {
            return nil
        }
        // Some runners write to one stream, some to the other, some to both.
        for bytes in [result.standardOutput, result.standardError] {
            if let report = try? format.parse(bytes),
                report.counts != nil || !report.results.isEmpty
            {
                return report
            }
        }
        return nil
    }
}

/// One contradiction between channels.
package struct ChannelIssue: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case reportMissing, reportUnreadable, reportTruncated, reportContradictsItself
        case consoleDisagrees, consoleSilent, exitCodeDisagrees, noTests
    }

    package var kind: Kind
    package var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

/// The totals on which channels are compared. A total that a channel does not state is not compared.
private struct Counts: CustomStringConvertible {
    var passed: Int?
    var failed: Int
    var skipped: Int?

    init(_ outcomes: OutcomeMap) {
        passed = outcomes.passing.count
        failed = outcomes.failing.count
        skipped = outcomes.count { $0 == .skipped }
    }

    init(_ counts: ReportedCounts) {
        passed = counts.passed
        failed = (counts.red ?? 0) + (counts.unexpectedPasses ?? 0)
        skipped = counts.skipped
    }

    func agrees(with report: Counts) -> Bool {
        (failed > 0) == (report.failed > 0) && failed == report.failed
            && (passed == nil || passed == report.passed)
    }

    var description: String {
        "\(passed.map(String.init) ?? "?") passed, \(failed) failed, "
            + "\(skipped.map(String.init) ?? "?") skipped"
    }
}
