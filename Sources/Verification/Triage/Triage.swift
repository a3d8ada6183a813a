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

    /// Where the good revision does not lead to the bad one, the commit at which their lines part
    /// stands for it, as with `git bisect`: what only the good line has broke nothing in the bad one.
    ///
    /// - Parameters: revisions that `HistoryReader.resolve` understands.
    /// - Throws: `PortError` when git or the sandbox could not be had.
    package func run(good named: String, bad: String) async throws -> TriageReport {
        var good = try await history.resolve(named)
        let parting = try await history.partingPoint(of: good, and: history.resolve(bad))
        good = parting ?? good
        var report = try await comparison(good: good, bad: bad)
        if let parting {
            report.add(.goodNotAncestor, "\(parting) stands for \(named)")
        }
        if options.namesWhatDecides {
            try await nameWhatDecides(&report, bad: bad)
            try await nameSinceWhen(&report, good: good, bad: bad)
        }
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
                report.tests[index].bad.passed += finding.tally.passed
                report.tests[index].bad.failed += finding.tally.failed
            } else if index == nil {
                var test = TriageReport.Test(
                    id: id, class: .flaky, good: nil, bad: finding.tally)
                test.decidedBy = finding.dimension.rawValue
                report.tests.append(test)
            }
        }
        report.class = TriageClass.overall(report.tests.map(\.class) + [report.class])
        if report.class == .flaky {
            report.reasons.removeAll { $0.code == TriageReasonCode.badIsGreen.rawValue }
        }
    }

    /// Adds the commit since which the first flaky test is flaky, where chance alone decides it: what
    /// the environment decides was so at every revision that has the test.
    private func nameSinceWhen(
        _ report: inout TriageReport, good: String, bad: String
    ) async throws {
        guard report.class == .flaky,
            let test = report.tests.first(where: {
                $0.decidedBy == "chance" && ($0.good?.failed ?? 0) == 0
            })
        else { return }
        let found = try await FlakyCulprit(
            runner: runner, trees: trees, history: history, probeLimit: options.bisectionProbes
        ).find(
            test.id, tally: test.bad, good: history.resolve(good), bad: history.resolve(bad),
            evidence: &report.runs)
        report.culprit = found?.culprit
        report.confidence = found?.confidence
    }

    /// Memory of earlier triages, where the toolchain is known by a digest.
    private func memory() async throws -> BaselineMemory? {
        guard let store = options.baselines,
            let toolchain = try await runner.toolchainDigest()
        else { return nil }
        return BaselineMemory(store: store, command: runner.command, toolchain: toolchain)
    }

    private func comparison(good: String, bad: String) async throws -> TriageReport {
        let goodCommit = try await history.resolve(good)
        let badCommit = try await history.resolve(bad)
        let goodTree = try await history.tree(ofCommit: goodCommit)
        let badTree = try await history.tree(ofCommit: badCommit)

        let (badRun, goodRun) = try await ends(good: goodTree, bad: badTree)
        var report = TriageReport(class: .none, runs: [badRun.evidence, goodRun.evidence])
        if goodTree == badTree, !options.namesWhatDecides { report.add(.sameTree) }
        let input = TriageInput(
            good: goodRun, bad: badRun, command: runner.command, tests: options.tests)
        input.addReasons(to: &report)
        if goodRun.wasCutShort || InfrastructureSigns.explain(goodRun)
            || InfrastructureSigns.explain(badRun)
        {
            report.class = .infrastructure
            return report
        }
        let listed = !(badRun.outcomes.isEmpty && goodRun.outcomes.isEmpty)
        func suspects(of badRun: TestRun) -> TestMatrix {
            TestMatrix(
                good: listed ? goodRun.outcomes : goodRun.judged,
                bad: listed ? badRun.outcomes : badRun.judged,
                badExitCode: badRun.wasCutShort ? nil : badRun.report.exitCode,
                only: options.tests)
        }
        var matrix = suspects(of: badRun)
        if matrix.suspects.isEmpty {
            let isOpen = badRun.wasCutShort || badRun.report.exitCode != 0
            guard !isOpen, !input.testsNothing, !input.asksForUnknownOnly else {
                report.class = .ambiguous
                return report
            }
            // What decides is looked for with runs of its own.
            let repeats = goodTree == badTree || options.namesWhatDecides ? 0 : options.greenRepeats
            let expected = ExpectedFailure(runner: runner, badTree: badTree, repeats: repeats)
            guard
                let red = try await expected.search(
                    after: badRun, into: &report, matrix: suspects)
            else {
                report.add(.badIsGreen, repeats > 0 ? "Green in \(repeats + 1) runs" : "")
                return report
            }
            matrix = red
        }

        let comparison = try await RepeatedComparison(
            runner: runner, goodTree: goodTree, badTree: badTree, repeats: options.repeats,
            transplant: TestTransplant(
                from: badTree, paths: runner.command.paths, reader: trees)
        ).repeated(&matrix, evidence: &report.runs)
        report.tests = matrix.tests
        report.class = TriageClass.overall(report.tests.map(\.class))
        addWhatIsLeft(to: &report)
        guard report.class == .regression else { return report }
        // A test that fails with a probability p looks like one with (1-p)^k p^k, at most 4^-k.
        report.confidence = 1 - 1 / Double(1 << (2 * min(options.repeats, 30)))

        let regressed = matrix.suspects.filter { matrix.class(of: $0) == .regression }
        let attribution = Attribution(
            runner: runner, trees: trees, history: history, options: options,
            lost: matrix.lost, needsWholeSuite: comparison.needsWholeSuite,
            memory: try await memory())
        try await attribution.attribute(
            regressed, good: goodCommit, bad: badCommit, into: &report)
        if let culprit = report.culprit, culprit.commit == nil {
            report.add(.revisionsUntestable, "\(culprit.candidates.count) candidates")
        }
        return report
    }
}

extension Triage {
    /// What whoever asked can do where no commit is to blame.
    private func addWhatIsLeft(to report: inout TriageReport) {
        switch report.class {
        case .flaky where !options.namesWhatDecides:
            let flaky = report.tests.filter { $0.class == .flaky }
            report.add(.testsFlaky, tests: flaky.map(\.id))
        case .preExisting: report.add(.goodIsRed, tests: report.tests.map(\.id))
        case .none: report.add(.badIsGreen)
        case .flaky, .regression, .dependencyDrift, .ambiguous, .infrastructure: break
        }
    }

    /// Both ends, at the same time where there are processors for it.
    private func ends(good: String, bad: String) async throws -> (TestRun, TestRun) {
        guard options.width > 1 else {
            return (
                try await runner.run(tree: bad, role: "bad"),
                try await runner.run(tree: good, role: "good")
            )
        }
        async let first = runner.run(tree: bad, role: "bad")
        async let second = runner.run(tree: good, role: "good")
        return try await (first, second)
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
