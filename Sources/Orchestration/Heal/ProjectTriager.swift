package import Repair
package import RunModel
package import Verification

/// Triage of a project: drift first, when the last good resolution is known, then the commits.
package struct ProjectTriager: HealTriager {
    private let command: TestCommand
    private let executor: any CommandExecutor
    private let trees: any TreeReader
    private let history: any HistoryReader
    private let goodResolution: [ResolvedPackage]
    private let repeats: Int

    package init(
        command: TestCommand, executor: any CommandExecutor, trees: any TreeReader,
        history: any HistoryReader, goodResolution: [ResolvedPackage] = [], repeats: Int = 5
    ) {
        self.command = command
        self.executor = executor
        self.trees = trees
        self.history = history
        self.goodResolution = goodResolution
        self.repeats = repeats
    }

    package func triage(
        _ request: HealRequest, _ detection: Detection
    ) async throws -> TriageReport {
        if let drift = try await drift(request, detection) { return drift }
        guard let good = request.good else {
            return TriageReport(class: .ambiguous)
        }
        var options = TriageOptions()
        options.repeats = repeats
        return try await Triage(
            runner: SuiteRunner(command: command, executor: executor), trees: trees,
            history: history, options: options
        ).run(good: good, bad: request.bad)
    }

    /// The same commit is green with the versions of then, and red with those of now.
    private func drift(
        _ request: HealRequest, _ detection: Detection
    ) async throws -> TriageReport? {
        guard !goodResolution.isEmpty else { return nil }
        let probe = SuiteProbe(command: command, executor: executor, tests: detection.tests)
        var counts = (passedThen: 0, failedNow: 0)
        for _ in 0..<min(repeats, 2) {
            var then = ProbeVariation(tree: request.badTree, runsSetup: true, role: "good")
            let lines = goodResolution.map { "\($0.name)==\($0.version)\n" }.joined()
            let path = ".drydock/constraints.txt"
            then.overlays = [OverlayFile(path: path, content: Array(lines.utf8))]
            then.environment = ["PIP_CONSTRAINT": path, "UV_CONSTRAINT": path]
            guard try await probe.result(of: then).outcome == .passed else { return nil }
            counts.passedThen += 1
            let now = ProbeVariation(tree: request.badTree, runsSetup: true, role: "bad")
            guard try await probe.result(of: now).outcome == .failed else { return nil }
            counts.failedNow += 1
        }
        let tests = detection.tests.isEmpty ? [TestRun.wholeCommand] : detection.tests
        return TriageReport(
            class: .dependencyDrift,
            tests: tests.map {
                TriageReport.Test(
                    id: $0, class: .dependencyDrift, good: .init(passed: counts.passedThen),
                    bad: .init(failed: counts.failedNow))
            })
    }
}
