package import RunModel

/// Finds out what kind of redness a red build is: which tests, since which commit, because of which
/// lines, flaky or not.
package struct Triage: Sendable {
    private let runner: SuiteRunner
    private let trees: any TreeReader
    private let history: any HistoryReader
    private let options: TriageOptions

    package init(
        runner: SuiteRunner, trees: any TreeReader, history: any HistoryReader,
        options: TriageOptions = TriageOptions()
    ) {
        self.runner = runner
        self.trees = trees
        self.history = history
        self.options = options
    }

    /// - Parameters: revisions that `HistoryReader.resolve` understands.
    /// - Throws: `PortError` when git or the sandbox could not be had.
    package func run(good: String, bad: String) async throws -> TriageReport {
        var report = try await comparison(good: good, bad: bad)
        if options.namesWhatDecides { try await nameWhatDecides(&report, bad: bad) }
        return report
    }

    /// Adds what decides each flaky test, and the tests that only variation shows to be flaky.
    private func nameWhatDecides(_ report: inout TriageReport, bad: String) async throws {
        let tree = try await history.tree(ofCommit: history.resolve(bad))
        let findings = try await FlakinessProbe(runner: runner, tree: tree)
            .findings(tests: options.tests, evidence: &report.runs)
        for (id, finding) in findings.sorted(by: { $0.key < $1.key }) {
            let index = report.tests.firstIndex { $0.id == id }
            if let index, report.tests[index].class != .regression {
                report.tests[index].class = .flaky
                report.tests[index].decidedBy = finding.dimension.rawValue
            } else if index == nil {
                var test = TriageReport.Test(
                    id: id, class: .flaky, good: TriageReport.Tally(), bad: finding.tally)
                test.decidedBy = finding.dimension.rawValue
                report.tests.append(test)
            }
        }
        report.class = TriageClass.overall(report.tests.map(\.class) + [report.class])
    }

    private func comparison(good: String, bad: String) async throws -> TriageReport {
        let goodCommit = try await history.resolve(good)
        let badCommit = try await history.resolve(bad)
        let goodTree = try await history.tree(ofCommit: goodCommit)
        let badTree = try await history.tree(ofCommit: badCommit)

        let badRun = try await runner.run(tree: badTree, role: "bad")
        let goodRun = try await runner.run(tree: goodTree, role: "good")
        var report = TriageReport(class: .none, runs: [badRun.evidence, goodRun.evidence])
        if goodRun.wasCutShort || InfrastructureSigns.explain(goodRun)
            || InfrastructureSigns.explain(badRun)
        {
            report.class = .infrastructure
            return report
        }
        let listed = !(badRun.outcomes.isEmpty && goodRun.outcomes.isEmpty)
        var matrix = TestMatrix(
            good: listed ? goodRun.outcomes : goodRun.judged,
            bad: listed ? badRun.outcomes : badRun.judged,
            badExitCode: badRun.wasCutShort ? nil : badRun.report.exitCode, only: options.tests)
        guard !matrix.suspects.isEmpty else {
            report.class = badRun.wasCutShort || badRun.report.exitCode != 0 ? .ambiguous : .none
            return report
        }

        let comparison = try await RepeatedComparison(
            runner: runner, goodTree: goodTree, badTree: badTree, repeats: options.repeats,
            transplant: TestTransplant(
                from: badTree, paths: runner.command.paths, reader: trees)
        ).repeated(&matrix, evidence: &report.runs)
        report.tests = matrix.tests
        report.class = TriageClass.overall(report.tests.map(\.class))
        guard report.class == .regression else { return report }

        let regressed = matrix.suspects.filter { matrix.class(of: $0) == .regression }
        let attribution = Attribution(
            runner: runner, trees: trees, history: history, options: options,
            lost: matrix.lost, needsWholeSuite: comparison.needsWholeSuite)
        try await attribution.attribute(
            regressed, good: goodCommit, bad: badCommit, into: &report)
        return report
    }
}

/// Texts of runs that failed for want of something that is not in the repository.
enum InfrastructureSigns {
    private static let signs = [
        "Could not resolve host", "Temporary failure in name resolution",
        "No space left on device", "Cannot allocate memory", "Error response from daemon",
        "Too many open files in system", "cannot connect to X server",
    ]

    /// Whether a run that told of no test at all has such a text. With test results there, they
    /// are the better evidence.
    static func explain(_ run: TestRun) -> Bool {
        run.outcomes.isEmpty && run.report.exitCode != 0
            && signs.contains(where: run.consoleTail.contains)
    }
}
