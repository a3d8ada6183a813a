package import RunModel

/// The verification protocol: proves in fresh sandboxes that a tree fixes the tests that it claims
/// to fix and breaks no other. docs/verification.md tells each step and what it is against.
package struct Verification: Sendable {
    let runner: SuiteRunner
    let executor: any CommandExecutor
    let trees: any TreeReader
    var command: TestCommand { runner.command }
    var harness: (any RunnerHarness)? { HarnessCatalogue.harness(for: command.runner) }

    /// - Parameter command: of the base's configuration, never of the head's.
    package init(command: TestCommand, executor: any CommandExecutor, trees: any TreeReader) {
        runner = SuiteRunner(command: command, executor: executor)
        self.executor = executor
        self.trees = trees
    }

    /// - Throws: `PortError` when the sandbox or git could not be had; everything that the change
    ///   or the repository is to blame for is a reason in the report.
    package func run(_ request: VerificationRequest) async throws -> VerificationOutcome {
        var state = VerificationState(request: request)
        try await perform(&state)
        return state.outcome
    }

    /// The steps in order. A step that rejects ends the run: later evidence would change nothing.
    private func perform(_ state: inout VerificationState) async throws {
        guard state.request.baseTree != state.request.headTree else {
            return state.add(.noChange)
        }
        try await judgeByGate(&state)
        if state.isRejected { return }
        let toolchain = try await probeToolchain(&state)
        try await restorePristineFiles(&state)
        if state.isRejected { return }

        guard let control = try await runControl(&state),
            let plain = try await runPlain(control: control, &state)
        else { return }
        let reference = try await runReference(&state) ?? plain.outcomes
        let expected = ExpectedTests(
            base: control, reference: reference, tests: state.request.tests)
        state.tests.preExisting = expected.preExisting.sorted()
        state.add(.testUnknown, tests: expected.unknown)
        if expected.named.isEmpty {
            // Of tests that nobody knows, nothing else can be said.
            guard expected.unknown.isEmpty else { return }
            return addNothingNamed(control: control, &state)
        }
        try await compare(plain, control: control, expected: expected, &state)
        if state.isRejected { return }

        try await repeatControl(named: expected.named.sorted(), &state)
        try await runCanaries(plain: plain, expected: expected, &state)
        if state.isRejected { return }
        try await repeatPlain(plain, expected: expected, &state)
        if state.isRejected { return }
        try await repeatNamed(expected.named.sorted(), &state)
        if let toolchain, try await probe() != toolchain { state.add(.toolchainChanged) }
    }

    /// Step 2: the guardrails' verdict on the tree.
    private func judgeByGate(_ state: inout VerificationState) async throws {
        guard let gate = state.request.gate else { return state.add(.gateSkipped) }
        let report = try await gate(state.request.baseTree, state.request.headTree)
        state.gate = report
        let rules = Set(report.findings.map(\.rule)).sorted().joined(separator: ", ")
        switch report.verdict {
        case .pass: break
        case .review: state.add(.gateReview, rules)
        case .block: state.add(.gateBlocked, rules)
        }
    }

    /// Step 4: tests and runner configuration as the base has them.
    private func restorePristineFiles(_ state: inout VerificationState) async throws {
        let pristine = try await PristineTree(
            base: state.request.baseTree, head: state.request.headTree, paths: command.paths,
            harness: harness, reader: trees)
        state.pristine = pristine
        state.add(.runnerShadowed, tests: pristine.shadowing)
        state.add(.testsChanged, tests: pristine.touched)
        guard !pristine.touched.isEmpty, !state.isRejected else { return }
        // Both results are shown: the change with its own tests is evidence, though no proof.
        let own = try await runner.run(tree: state.request.headTree, role: "head_tests")
        state.runs.append(own.evidence)
    }

    /// Step 1: the base in the same harness, just before.
    private func runControl(_ state: inout VerificationState) async throws -> TestRun? {
        let run = try await runner.run(tree: state.request.baseTree, role: "control")
        state.runs.append(run.evidence)
        if run.report.outcome == .timedOut {
            state.add(.baseTimedOut)
            return nil
        }
        if run.wasCutShort {
            state.add(.baseUnusable, "The control run ended with \(run.report.outcome.rawValue)")
            return nil
        }
        if run.outcomes.isEmpty, run.report.exitCode == 0 {
            state.add(.noTests, "On the base")
            return nil
        }
        return run
    }

    /// Steps 3 and 5: the pristine tree, without canaries.
    private func runPlain(
        control: TestRun, _ state: inout VerificationState
    ) async throws -> TestRun? {
        guard let tree = state.pristine?.tree else { return nil }
        let run = try await runner.run(tree: tree, role: "plain")
        state.runs.append(run.evidence)
        state.channels = run.channels.summary
        if run.wasCutShort {
            state.addUnusable(run, "The run")
            return nil
        }
        if run.outcomes.isEmpty, run.report.exitCode != 0, !control.outcomes.isEmpty {
            state.add(.headDoesNotBuild, "Exit code \(run.report.exitCode ?? -1)")
            return nil
        }
        // An error may stand for a module that the base cannot collect: its name is no test's.
        let told = control.outcomes.ids.filter { !StandIn.isOne($0, control.outcomes[$0]) }
        if !run.outcomes.isEmpty, !told.isEmpty, run.outcomes.ids.isDisjoint(with: told) {
            state.add(.otherTests, tests: run.outcomes.ids)
        }
        for issue in run.channels.issues { state.add(issue.reason, issue.message) }
        return state.isRejected ? nil : run
    }

    /// The good revision, when one was named.
    private func runReference(_ state: inout VerificationState) async throws -> OutcomeMap? {
        guard let good = state.request.goodTree else { return nil }
        let run = try await runner.run(tree: good, role: "good")
        state.runs.append(run.evidence)
        return run.outcomes
    }

    private func addNothingNamed(control: TestRun, _ state: inout VerificationState) {
        let failing = control.outcomes.failing
        if failing.isEmpty, control.report.exitCode == 0 {
            state.add(.baseIsGreen)
        } else if failing.isEmpty {
            state.add(.baseUnusable, "The base fails without a failing test")
        } else {
            state.tests.stillFailing = failing.sorted()
            state.tests.preExisting = []
            state.add(.testsStillFailing, tests: failing)
        }
    }
}

extension ChannelIssue {
    /// The published reason for a contradiction between channels.
    fileprivate var reason: ReasonCode {
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
