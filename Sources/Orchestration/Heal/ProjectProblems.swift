internal import PolicyFiles
package import Repair
package import RunModel
internal import Verification

/// What fixers learn of a project, and the tools that they get.
package struct ProjectProblems: HealProblemSource {
    private let context: ProjectContext
    private let executor: any CommandExecutor
    private let trees: any TreeReader
    private let history: any HistoryReader
    /// The last good resolution's text: a lock file or an installer's log.
    private let goodLock: String
    /// Models and what is known for them, for one incident.
    package var models: (@Sendable (_ incident: String, _ budget: HealBudget) -> ModelAccess)?
    package var recorder: (@Sendable (_ incident: String) -> any ModelRecorder)?
    package var knowledge: (@Sendable (_ commit: String) -> any RepairKnowledge)?
    package var traceParent: (@Sendable (_ incident: String) async -> String?)?
    private let scopes: ScopeMemory

    package init(
        context: ProjectContext, executor: any CommandExecutor, trees: any TreeReader,
        history: any HistoryReader, goodLock: String = ""
    ) {
        self.context = context
        self.executor = executor
        self.trees = trees
        self.history = history
        self.goodLock = goodLock
        scopes = ScopeMemory(
            probe: ScopeProbe(command: context.testCommand, executor: executor, trees: trees))
    }

    package func problem(for state: HealState) async throws -> RepairProblem {
        let scope = try await scope(for: state)
        var problem = RepairProblem(
            tree: state.workingTree, triage: state.triage ?? TriageReport(class: .ambiguous),
            failingTests: state.failingTests, log: state.detection?.log ?? "",
            failingCommand: context.testCommand.run, scope: scope,
            goodResolution: ResolvedPackage.read(goodLock), goodLog: goodLock,
            history: state.tried,
            dependencyNetwork: SetupExecutor.network(
                of: context.setup, beside: context.network), limits: context.limits)
        problem.brokenTests = state.verification.map { $0.tests.broken + $0.tests.missing } ?? []
        if let culprit = state.triage?.culprit?.commit {
            problem.culpritTree = try await history.tree(ofCommit: culprit)
            if let parent = try await history.parents(ofCommit: culprit).first {
                problem.goodTree = try await history.tree(ofCommit: parent)
            }
        } else if state.triage?.class == .regression, let good = state.request.good {
            problem.culpritTree = state.request.badTree
            problem.goodTree = try await history.tree(ofCommit: good)
        }
        if state.triage?.class == .dependencyDrift {
            problem.badResolution = try await DependencyResolution.current(
                tree: state.workingTree, executor: executor, limits: context.limits)
        }
        return problem
    }

    package func tools(
        for state: HealState, meter: SandboxMeter
    ) async throws -> RepairTools {
        // What it runs is counted where all runs are (`IncidentExecutor`).
        var tools = RepairTools(
            trees: trees, executor: executor,
            probe: SuiteProbe(
                command: context.testCommand, executor: executor, tests: state.failingTests))
        tools.widerProbe = { [context, executor] tests in
            SuiteProbe(
                command: context.testCommand, executor: executor,
                tests: state.failingTests + tests)
        }
        tools.models = models?(meter.incident, state.request.budget)
        tools.recorder = recorder?(meter.incident)
        tools.knowledge = knowledge?(state.request.bad)
        tools.traceParent = await traceParent?(meter.incident)
        return tools
    }

    /// Tests, and what judges the change, are never edited. Without a configured scope it is what
    /// the failing tests depend on.
    private func scope(for state: HealState) async throws -> RepairScope {
        var allowed = context.configuration.gate?.scope ?? []
        if allowed.isEmpty, let triage = state.triage {
            allowed = try await scopes.allowed(
                tree: state.workingTree, tests: state.failingTests, triage: triage)
        }
        return RepairScope(
            allowed: allowed,
            protected: context.testCommand.paths.patterns + [
                "drydock.yaml", ".github/**", ".gitlab-ci.yml", ".drydock/**",
            ])
    }
}
