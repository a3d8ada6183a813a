internal import JSONText
internal import RunModel

/// The model-backed fixer: a log analyst, an architect who plans, and the specialist for the
/// failure's class who acts, each in a conversation of its own; stuck, the next stronger model of
/// the ladder, and after the last a human.
package struct ModelFixer: Fixer {
    package let name = "model"
    package let summary = "language models in roles, with tools, under a validated plan"
    /// Logs shorter than this need no analyst.
    private static let analysedLogCharacters = 3_000

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard let access = tools.models, !access.ladder.isEmpty else {
            return .nothing(
                reason: "no model is configured: see the models: block of docs/models.md")
        }
        for (place, text) in RepairTask.untrusted(problem) {
            let marks = UntrustedText.injections(in: text)
            guard !marks.isEmpty else { continue }
            try await access.recorder.record(
                "injection.seen",
                ["where": .string(place), "phrases": .array(marks.map { .string($0) })])
        }
        // What a rung proposed before did not hold: then the next one's turn has come.
        let earlier = problem.history.count { $0.fixer == name }
        let first = min(earlier, access.ladder.count - 1)
        var reasons: [String] = []
        var hasAnswered = false
        for model in access.ladder[first...] {
            do {
                return .proposal(try await attempt(problem, tools, access, model))
            } catch let stuck as Stuck {
                hasAnswered = hasAnswered || !stuck.isUnavailable
                reasons.append("\(model.id): \(stuck)")
            } catch let given as GivenUp {
                hasAnswered = true
                reasons.append("\(model.id) gives up: \(given.reason.prefix(300))")
            }
            try await access.recorder.record(
                "ladder.left", ["model": .string(model.id), "reason": .string(reasons.last ?? "")])
        }
        let reason = reasons.joined(separator: "; ")
        return hasAnswered ? .nothing(reason: reason) : .unavailable(reason: reason)
    }

    private func attempt(
        _ problem: RepairProblem, _ tools: RepairTools, _ access: ModelAccess, _ model: RepairModel
    ) async throws -> Proposal {
        let workspace = RepairWorkspace(problem: problem, tools: tools)
        let analysis = try await analysis(problem, access, model)
        let plan = try await plan(problem, analysis, access, model, workspace)
        let specialist = Supervisor.specialist(
            for: problem, culpritPaths: try await culpritPaths(problem, tools))
        try await access.recorder.record(
            "role.routed",
            [
                "specialist": .string(specialist.rawValue), "model": .string(model.id),
                "plan": .string(ModelConversation.recorded(plan.text)),
            ])
        await workspace.restrict(to: Set(plan.steps.map(\.path)))
        var run = RoleRun(
            ModelConversation(
                role: specialist, model: access.roles[specialist] ?? model, access: access,
                task: RepairTask.text(problem, analysis: analysis, plan: plan)), in: workspace)
        _ = try await run.perform()
        let tree = await workspace.tree
        guard tree != problem.tree else {
            throw Stuck("it changed nothing, whatever it said")
        }
        guard !problem.history.contains(where: { $0.tree == tree }) else {
            throw Stuck("it proposed what was tried already")
        }
        if await !workspace.isProvenHere {
            // It may have forgotten to look; the verifier would only say the same at a higher price.
            let result = try await workspace.runTests()
            guard result.outcome == .passed else {
                throw Stuck("the failing tests still fail with its change")
            }
        }
        var proposal = Proposal(
            fixer: name, kind: .agent, tree: tree, base: problem.tree,
            explanation: "Proposed by the model `\(model.id)` in the role \(specialist.rawValue). "
                + "Its plan: \(plan.hypothesis.prefix(600))",
            warnings: ["A language model wrote this change: read it as you would a stranger's."])
        proposal.spending = await access.meter.spending()
        return proposal
    }

    private func analysis(
        _ problem: RepairProblem, _ access: ModelAccess, _ model: RepairModel
    ) async throws -> String? {
        guard problem.log.count >= Self.analysedLogCharacters else { return nil }
        var conversation = ModelConversation(
            role: .logAnalyst, model: access.roles[.logAnalyst] ?? model, access: access,
            task: RepairTask.text(problem))
        return try await conversation.askStructured(RepairTask.analysisSchema).text(.indented)
    }

    /// Looks, then plans; a plan that breaks its bounds comes back with what stands against it.
    private func plan(
        _ problem: RepairProblem, _ analysis: String?, _ access: ModelAccess, _ model: RepairModel,
        _ workspace: RepairWorkspace
    ) async throws -> RepairPlan {
        var run = RoleRun(
            ModelConversation(
                role: .locator, model: access.roles[.locator] ?? model, access: access,
                task: RepairTask.text(problem, analysis: analysis)), in: workspace)
        _ = try await run.perform()
        let files = Set(try await workspace.files().map(\.path))
        for _ in 0...access.limits.corrections {
            let plan = RepairPlan(try await run.conversation.askStructured(RepairPlan.schemaText))
            if let reason = plan.givesUp { throw GivenUp(reason: reason) }
            let objections = plan.objections(
                files: files, scope: problem.scope, fileLimit: access.limits.plannedFiles)
            guard !objections.isEmpty else { return plan }
            let list = objections.joined(separator: "; ")
            try await access.recorder.record("plan.refused", ["reason": .string(list)])
            run.conversation.add(
                ModelMessage(role: .user, text: "The plan cannot be carried out: \(list)."))
        }
        throw Stuck("\(model.id) has no plan within the bounds")
    }

    private func culpritPaths(
        _ problem: RepairProblem, _ tools: RepairTools
    ) async throws -> [String] {
        guard let good = problem.goodTree, let culprit = problem.culpritTree else { return [] }
        return try await tools.trees.difference(from: good, to: culprit).map(\.path)
            .filter(problem.scope.permits)
    }
}
