package import RunModel

/// Why a verdict is what it is. The raw values are a published list: docs/reference/reasons.md is
/// compared with this catalogue by a test.
package enum ReasonCode: String, Sendable, CaseIterable {
    case baseIsGreen = "base_is_green"
    case baseTimedOut = "base_timed_out"
    case baseUnusable = "base_unusable"
    case canariesUnavailable = "canaries_unavailable"
    case canaryMissing = "canary_missing"
    case canaryPassed = "canary_passed"
    case canaryRunDiffers = "canary_run_differs"
    case channelsDisagree = "channels_disagree"
    case consoleSilent = "console_silent"
    case controlPassed = "control_passed"
    case copiesUnavailable = "copies_unavailable"
    case copyChangedPassed = "copy_changed_passed"
    case copyDetachedFailed = "copy_detached_failed"
    case copyRenamedFailed = "copy_renamed_failed"
    case gateBlocked = "gate_blocked"
    case gateReview = "gate_review"
    case gateSkipped = "gate_skipped"
    case headDoesNotBuild = "head_does_not_build"
    case headTimedOut = "head_timed_out"
    case headUnusable = "head_unusable"
    case noChange = "no_change"
    case noTests = "no_tests"
    case otherTests = "other_tests"
    case repeatFailed = "repeat_failed"
    case reportContradictsItself = "report_contradicts_itself"
    case reportMissing = "report_missing"
    case reportUnreadable = "report_unreadable"
    case runnerShadowed = "runner_shadowed"
    case testUnknown = "test_unknown"
    case testsBroken = "tests_broken"
    case testsChanged = "tests_changed"
    case testsMissing = "tests_missing"
    case testsSkipped = "tests_skipped"
    case testsStillFailing = "tests_still_failing"
    case toolchainChanged = "toolchain_changed"
    case toolchainUnknown = "toolchain_unknown"

    /// The best verdict that is left once this reason is given.
    package var verdict: VerificationVerdict {
        switch self {
        case .baseIsGreen, .baseTimedOut, .baseUnusable, .canariesUnavailable, .controlPassed,
            .copiesUnavailable, .copyDetachedFailed, .gateReview, .gateSkipped, .testUnknown,
            .testsChanged,
            .toolchainUnknown:
            .inconclusive
        case .canaryMissing, .canaryPassed, .canaryRunDiffers, .channelsDisagree, .consoleSilent,
            .copyChangedPassed, .copyRenamedFailed, .gateBlocked, .headDoesNotBuild, .headTimedOut,
            .headUnusable, .noChange, .noTests, .otherTests, .repeatFailed,
            .reportContradictsItself, .reportMissing, .reportUnreadable,
            .runnerShadowed, .testsBroken, .testsMissing, .testsSkipped, .testsStillFailing,
            .toolchainChanged:
            .rejected
        }
    }

    /// What it means and what to do about it.
    package var remedy: String {
        switch self {
        case .baseIsGreen: "Name the tests that the change is to fix, or a base on which they fail"
        case .baseTimedOut:
            "The test command hangs on the base: see its log, or give it more time (limits.wall)"
        case .baseUnusable: "The suite must run on the base: see the control run's log"
        case .canariesUnavailable: "There is no template for this runner: a human must judge"
        case .canaryMissing: "A planted failing test was not reported: see what filters tests"
        case .canaryPassed: "Something makes failing tests pass: look at what the change patches"
        case .canaryRunDiffers: "Other tests behaved differently with planted tests beside them"
        case .channelsDisagree: "Exit code, console and report must tell the same: find the liar"
        case .consoleSilent: "The run ended without the runner's summary: see what ended it"
        case .controlPassed: "The tests are flaky or already fixed on the base: run triage"
        case .copiesUnavailable: "These tests could not be copied: a human must judge"
        case .copyChangedPassed: "A copy passes although it expects another value"
        case .copyDetachedFailed:
            "The fix works where a test is among the callers only: see what it asks of its callers"
        case .copyRenamedFailed: "The fix works under the test's own name only"
        case .gateBlocked: "See the findings of `drydock gate`"
        case .gateReview: "A human must look at the findings of `drydock gate`"
        case .gateSkipped: "Give a policy, so that the guardrails judge the change too"
        case .headDoesNotBuild:
            "The command fails before any test runs, which it did not on the base: see its log"
        case .headTimedOut:
            "The test command hangs with the change and not on the base: see what it waits for"
        case .headUnusable: "The suite did not finish on the changed tree: see the run's log"
        case .noChange: "Head and base are the same tree: there is no fix"
        case .noTests: "The command ended with 0 and reported no test: check the test command"
        case .otherTests: "None of the base's tests is in the results: see what was run instead"
        case .repeatFailed: "The fix does not hold in every run: see which variation breaks it"
        case .reportContradictsItself: "The report's totals and its entries differ"
        case .reportMissing: "The runner must write the report that the configuration names"
        case .reportUnreadable: "The report was not written to its end, or is of no known format"
        case .runnerShadowed: "The change adds a file that takes a runner's or library's place"
        case .testUnknown: "No such test on the base: check the id as the report writes it"
        case .testsBroken: "These tests passed on the base: the change breaks them"
        case .testsChanged: "The change touches tests or runner configuration: a human must judge"
        case .testsMissing: "These tests ran on the base and no longer do"
        case .testsSkipped: "These tests ran on the base and are skipped now"
        case .testsStillFailing: "The change does not fix them"
        case .toolchainChanged: "Runner, plugins and interpreter must be those of the base"
        case .toolchainUnknown:
            "The probe did not run: the toolchain's digest is no part of the proof"
        }
    }

    package func reason(_ detail: String) -> CodedReason {
        CodedReason(
            code: rawValue, message: detail.isEmpty ? remedy : "\(detail). \(remedy)")
    }
}
