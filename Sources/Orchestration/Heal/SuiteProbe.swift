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
        let passing = named.allSatisfy { run.outcomes[$0] == .passed }
        return ProbeResult(passing ? .passed : .failed, log: run.consoleTail)
    }
}
