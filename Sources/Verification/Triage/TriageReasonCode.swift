package import RunModel

/// What triage says of bad input, and of what it leaves open. The raw values are a published list:
/// docs/reference/reasons.md is compared with this catalogue by a test.
package enum TriageReasonCode: String, Sendable, CaseIterable {
    case badDoesNotBuild = "bad_does_not_build"
    case badGreenAtFirst = "bad_green_at_first"
    case badIsGreen = "bad_is_green"
    case badTimedOut = "bad_timed_out"
    case badUnusable = "bad_unusable"
    case channelsDisagree = "channels_disagree"
    case consoleSilent = "console_silent"
    case goodDoesNotBuild = "good_does_not_build"
    case goodIsRed = "good_is_red"
    case goodNotAncestor = "good_not_ancestor"
    case goodTimedOut = "good_timed_out"
    case goodUnknown = "good_unknown"
    case goodUnusable = "good_unusable"
    case noTests = "no_tests"
    case otherTests = "other_tests"
    case outsideCause = "outside_cause"
    case reportContradictsItself = "report_contradicts_itself"
    case reportMissing = "report_missing"
    case reportUnreadable = "report_unreadable"
    case revisionsUntestable = "revisions_untestable"
    case sameTree = "same_tree"
    case testUnknown = "test_unknown"
    case testsFlaky = "tests_flaky"

    /// What it means and what to do about it.
    package var remedy: String {
        switch self {
        case .badDoesNotBuild:
            "The command fails at the bad revision before any test runs: see its log"
        case .badGreenAtFirst:
            "The failure of the bad revision comes and goes: `--flaky` names what decides"
        case .badIsGreen: "No test fails at the bad revision: name one that is red"
        case .badTimedOut:
            "The test command hangs at the bad revision: see what it waits for, or give it more "
                + "time (limits.wall)"
        case .badUnusable: "The suite did not finish at the bad revision: see the run's log"
        case .channelsDisagree: "Exit code, console and report must tell the same: find the liar"
        case .consoleSilent: "The run ended without the runner's summary: see what ended it"
        case .goodDoesNotBuild:
            "The command fails at the good revision before any test runs: name one that builds"
        case .goodIsRed: "These tests fail at the good revision too: name an older one"
        case .goodNotAncestor:
            "The good revision does not lead to the bad one: the commit where their lines part was "
                + "compared in its place"
        case .goodTimedOut:
            "The test command hangs at the good revision: name another, or give it more time "
                + "(limits.wall)"
        case .goodUnknown: "Name a revision on which the tests passed (--good)"
        case .goodUnusable: "The suite must run at the good revision: see its run's log"
        case .noTests: "No run reported a test: check the test command"
        case .otherTests: "The revisions have no test in common: see what each of them runs"
        case .outsideCause:
            "The run failed for want of something outside the repository: mend that, and run again"
        case .reportContradictsItself: "The report's totals and its entries differ"
        case .reportMissing: "The runner must write the report that the configuration names"
        case .reportUnreadable: "The report was not written to its end, or is of no known format"
        case .revisionsUntestable:
            "Revisions between cannot be tested: any of the candidates may be the culprit"
        case .sameTree: "Good and bad are the same tree: name two that differ"
        case .testUnknown: "No such test at either revision: check the id as the report writes it"
        case .testsFlaky: "They pass and fail by turns: `--flaky` names what decides"
        }
    }
}

extension TriageReport {
    /// Adds a reason, unless there is one of that kind: one says it.
    package mutating func add(_ code: TriageReasonCode, _ detail: String = "") {
        guard !reasons.contains(where: { $0.code == code.rawValue }) else { return }
        reasons.append(
            CodedReason(
                code: code.rawValue,
                message: detail.isEmpty ? code.remedy : "\(detail). \(code.remedy)"))
    }

    mutating func add(_ code: TriageReasonCode, tests: some Collection<String>) {
        guard !tests.isEmpty else { return }
        let shown = tests.sorted().prefix(5).joined(separator: ", ")
        add(code, tests.count > 5 ? "\(shown) and \(tests.count - 5) more" : shown)
    }
}
