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
    private let baselines: (any BaselineStore)?

    package init(
        command: TestCommand, executor: any CommandExecutor, trees: any TreeReader,
        history: any HistoryReader, goodResolution: [ResolvedPackage] = [], repeats: Int = 5,
        baselines: (any BaselineStore)? = nil
    ) {
        self.command = command
        self.executor = executor
        self.trees = trees
        self.history = history
        self.goodResolution = goodResolution
        self.repeats = repeats
        self.baselines = baselines
    }

    package func triage(
        _ request: HealRequest, _ detection: Detection
    ) async throws -> TriageReport {
        if let drift = try await drift(request, detection) { return drift }
        guard let good = request.good else {
            var report = TriageReport(class: .ambiguous)
            report.add(.goodUnknown)
            return report
        }
        var options = TriageOptions()
        options.repeats = repeats
        options.expectsFailure = detection.isRed
        options.baselines = baselines
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
            let then = Self.pinned(goodResolution, tree: request.badTree, role: "good")
            guard try await probe.result(of: then).outcome == .passed else { return nil }
            counts.passedThen += 1
            let now = ProbeVariation(tree: request.badTree, runsSetup: true, role: "bad")
            guard try await probe.result(of: now).outcome == .failed else { return nil }
            counts.failedNow += 1
        }
        let tests = detection.tests.isEmpty ? [TestRun.wholeCommand] : detection.tests
        var report = TriageReport(
            class: .dependencyDrift,
            tests: tests.map {
                TriageReport.Test(
                    id: $0, class: .dependencyDrift, good: .init(passed: counts.passedThen),
                    bad: .init(failed: counts.failedNow))
            })
        report.drift = try await drifted(request, probe)
        return report
    }

    private static func pinned(_ packages: [ResolvedPackage], tree: String, role: String)
        -> ProbeVariation
    {
        var variation = ProbeVariation(tree: tree, runsSetup: true, role: role)
        let lines = packages.map { "\($0.name)==\($0.version)\n" }.joined()
        let path = ".drydock/constraints.txt"
        variation.overlays = [OverlayFile(path: path, content: Array(lines.utf8))]
        variation.environment = ["PIP_CONSTRAINT": path, "UV_CONSTRAINT": path]
        return variation
    }

    /// Runs that the search for the packages may make.
    private static let probeLimit = 40

    /// The packages whose old versions are enough: of those that differ, as few as cure.
    private func drifted(
        _ request: HealRequest, _ probe: SuiteProbe
    ) async throws -> [TriageReport.DriftedPackage] {
        let now = try await DependencyResolution.current(
            tree: request.badTree, executor: executor, limits: command.limits)
        let versions = Dictionary(now.map { ($0.name, $0.version) }, uniquingKeysWith: { $1 })
        let differing = goodResolution.filter { versions[$0.name] != $0.version }
        guard !differing.isEmpty else { return [] }
        var search = DeltaDebugging(probeLimit: Self.probeLimit)
        let outcome = try await search.minimise(Array(differing.indices)) { chosen in
            let variation = Self.pinned(
                chosen.map { differing[$0] }, tree: request.badTree, role: "minimise")
            return switch try await probe.result(of: variation).outcome {
            case .passed: .cured
            case .failed: .stillFailing
            case .unresolved: .unresolved
            }
        }
        return outcome.units.map {
            let package = differing[$0]
            return TriageReport.DriftedPackage(
                name: package.name, good: package.version, bad: versions[package.name])
        }
    }
}
