internal import RunModel

/// What is wrong with what a triage was given, as the first runs at both ends show it.
struct TriageInput: Sendable {
    let good: TestRun
    let bad: TestRun
    let command: TestCommand
    /// The tests that were asked for; `nil`: all.
    let tests: [String]?

    /// Whether the runner tells of its tests at all; other commands are one test themselves.
    private var listsTests: Bool { !command.reports.isEmpty || command.consoleFormat != nil }

    /// Whether green runs of a runner that reports its tests reported none: nothing was tested.
    var testsNothing: Bool {
        listsTests && good.outcomes.isEmpty && bad.outcomes.isEmpty
            && good.report.exitCode == 0 && bad.report.exitCode == 0
    }

    /// Whether none of the tests that were asked for exists.
    var asksForUnknownOnly: Bool {
        guard let tests, !tests.isEmpty else { return false }
        return unknown.count == tests.count
    }

    private var unknown: [String] {
        let known = good.judged.ids.union(bad.judged.ids)
        return tests?.filter { !known.contains($0) } ?? []
    }

    func addReasons(to report: inout TriageReport) {
        let badEnded = ended(
            bad, beside: good, .badTimedOut, .badUnusable, .badDoesNotBuild, "bad", &report)
        let goodEnded = ended(
            good, beside: bad, .goodTimedOut, .goodUnusable, .goodDoesNotBuild, "good", &report)
        guard badEnded, goodEnded else { return }
        for (run, name) in [(bad, "bad"), (good, "good")] {
            for issue in run.channels.issues {
                report.add(issue.triageReason, "At the \(name) revision: \(issue.message)")
            }
        }
        let told = bad.outcomes.ids.filter { !StandIn.isOne($0, bad.outcomes[$0]) }
        if !told.isEmpty, !good.outcomes.isEmpty, told.isDisjoint(with: good.outcomes.ids) {
            report.add(.otherTests, tests: told)
        }
        report.add(.testUnknown, tests: unknown)
    }

    /// Whether a run came so far that its results can be looked at; if not, the reason is added.
    private func ended(
        _ run: TestRun, beside other: TestRun, _ timedOut: TriageReasonCode,
        _ unusable: TriageReasonCode, _ doesNotBuild: TriageReasonCode, _ name: String,
        _ report: inout TriageReport
    ) -> Bool {
        if run.report.outcome == .timedOut {
            report.add(timedOut)
        } else if run.wasCutShort {
            report.add(unusable, "It ended with \(run.report.outcome.rawValue)")
        } else if InfrastructureSigns.explain(run) {
            report.add(.outsideCause, "At the \(name) revision")
        } else if run.outcomes.isEmpty, run.report.exitCode != 0, !other.outcomes.isEmpty {
            report.add(doesNotBuild, "Exit code \(run.report.exitCode ?? -1)")
        } else if run.outcomes.isEmpty, listsTests {
            report.add(.noTests, "Exit code \(run.report.exitCode ?? -1) at the \(name) revision")
        } else {
            return true
        }
        return false
    }
}

extension ChannelIssue {
    /// The published reason for a contradiction between channels.
    fileprivate var triageReason: TriageReasonCode {
        switch kind {
        case .reportMissing: .reportMissing
        case .reportUnreadable, .reportTruncated: .reportUnreadable
        case .reportContradictsItself: .reportContradictsItself
        case .consoleDisagrees, .exitCodeDisagrees: .channelsDisagree
        case .consoleSilent: .consoleSilent
        case .noTests: .noTests
        }
    }
}
