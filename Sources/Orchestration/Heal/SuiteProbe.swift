package import Repair
package import RunModel
package import Verification

/// The failing tests as an oracle for fixers.
package struct SuiteProbe: RegressionProbe {
    private let command: TestCommand
    private let executor: any CommandExecutor
    private let tests: [String]

    package init(command: TestCommand, executor: any CommandExecutor, tests: [String]) {
        self.command = command
        self.executor = executor
        self.tests = tests
    }

    package func result(of variation: ProbeVariation) async throws -> ProbeResult {
        var command = command
        command.environment.merge(variation.environment) { $1 }
        let named = tests.filter { $0 != TestRun.wholeCommand }
        let run = try await SuiteRunner(command: command, executor: executor).run(
            tree: variation.tree, role: variation.role, tests: named.isEmpty ? nil : named,
            overlays: variation.overlays)
        guard !run.wasCutShort else { return ProbeResult(.unresolved, log: run.consoleTail) }
        if named.isEmpty || run.outcomes.isEmpty {
            // 125 is the setup's own failure: such a resolution cannot be had.
            let code = run.report.exitCode
            return ProbeResult(
                code == 0 ? .passed : code == 125 ? .unresolved : .failed, log: run.consoleTail)
        }
        let passing = named.allSatisfy { Self.passes($0, in: run.outcomes) }
        return ProbeResult(passing ? .passed : .failed, log: run.consoleTail)
    }

    /// What stood for a module that could not be collected passes when all of the module's tests do.
    private static func passes(_ id: String, in outcomes: OutcomeMap) -> Bool {
        if let status = outcomes[id] { return status == .passed }
        let inside = outcomes.ids.filter { StandIn.holds(id, test: $0) }
        return !inside.isEmpty && inside.allSatisfy { outcomes[$0]?.isFailure == false }
    }
}
