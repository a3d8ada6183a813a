internal import RunModel

/// Runs the regressed tests on trees, remembers the answers by tree, and keeps the evidence.
actor RegressionProbe {
    private let runner: SuiteRunner
    private let tests: [String]
    /// Where the tests come from; `nil`: each tree's own.
    private let transplant: TestTransplant?
    /// Tests whose not being collected is the regression.
    private let lost: Set<String>
    /// Whether only a run of the whole suite shows the regression.
    private let needsWholeSuite: Bool
    private let baselines: BaselineMemory?
    private var memory: [String: [String: TestStatus?]] = [:]
    private(set) var evidence: [EvidenceRun] = []

    init(
        runner: SuiteRunner, tests: [String], transplant: TestTransplant?, lost: Set<String>,
        needsWholeSuite: Bool, memory: BaselineMemory? = nil
    ) {
        self.runner = runner
        self.tests = tests
        self.transplant = transplant
        self.lost = lost
        self.needsWholeSuite = needsWholeSuite
        baselines = memory
    }

    var runCount: Int { evidence.count }

    /// The status of every regressed test on a tree; `nil` for those that did not run.
    func statuses(tree: String, role: String) async throws -> [String: TestStatus?] {
        let tree = try await transplant?.into(tree) ?? tree
        if let known = memory[tree] { return known }
        let asked = needsWholeSuite ? nil : tests
        let outcomes: OutcomeMap
        if let stored = try await baselines?.outcomes(tree: tree, tests: asked) {
            outcomes = stored
        } else {
            let run = try await runner.run(tree: tree, role: role, tests: asked)
            evidence.append(run.evidence)
            outcomes = tests == [TestRun.wholeCommand] ? run.judged : run.outcomes
            try await baselines?.remember(run, tree: tree, tests: asked)
        }
        let statuses = Dictionary(uniqueKeysWithValues: tests.map { ($0, outcomes[$0]) })
        memory[tree] = statuses
        return statuses
    }

    /// Whether a revision already has what broke these tests.
    func verdict(tree: String, group: [String], role: String) async throws -> RevisionVerdict {
        let statuses = try await statuses(tree: tree, role: role)
        let values = group.map { ($0, statuses[$0] ?? nil) }
        if values.contains(where: { $0.1?.isFailure == true }) { return .bad }
        let silent = values.filter { $0.1 == nil }
        if silent.isEmpty { return .good }
        return silent.allSatisfy { lost.contains($0.0) } ? .bad : .untestable
    }

    /// Whether a tree in which something was taken back passes these tests.
    func answer(tree: String, group: [String], role: String) async throws -> ProbeAnswer {
        let statuses = try await statuses(tree: tree, role: role)
        let values = group.map { statuses[$0] ?? nil }
        if values.allSatisfy({ $0 == .passed || $0 == .expectedFailure }) { return .cured }
        return values.contains { $0 == nil } ? .unresolved : .stillFailing
    }
}
