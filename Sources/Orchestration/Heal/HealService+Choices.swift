internal import Foundation
internal import PolicyFiles
internal import Repair
internal import RunModel

/// Which fixers and models are asked, and what they may use up: flags over `drydock.yaml` over the
/// defaults.
extension HealService {
    /// - Throws: `PortError` when models are configured that cannot be used.
    func models(_ context: ProjectContext) throws -> ModelPool? {
        let asked = options.fixers.isEmpty ? context.configuration.heal?.fixers : options.fixers
        guard asked?.contains(ModelFixer().name) ?? true else { return nil }
        var pool = try ModelPool.load(
            surroundings.operatorConfiguration.models, project: context.configuration.models,
            budget: budget(context, nil), environment: surroundings.environment)
        // A repository may want less than the operator; more was refused.
        pool?.recordsReasoning =
            context.configuration.observability?.includeReasoning
            ?? surroundings.operatorConfiguration.observability?.includeReasoning ?? false
        return pool
    }

    /// - Throws: `PortError` for a name that no fixer has.
    func fixers(_ context: ProjectContext, _ models: ModelPool?) throws -> [String] {
        let model = ModelFixer().name
        let all = FixerCatalog.all.map(\.name)
        let asked =
            options.fixers.isEmpty ? context.configuration.heal?.fixers ?? all : options.fixers
        let known = all + options.agents.map(\.name)
        if let wrong = asked.first(where: { !known.contains($0) }) {
            let nearest = nearestName(to: wrong, among: known).map { "Did you mean \($0)? " } ?? ""
            throw PortError(
                operation: "choosing a fixer", subject: "`\(wrong.prefix(60))`",
                reason: "there is no such fixer",
                remedy: nearest + "There are \(all.joined(separator: ", ")); external agents are "
                    + "named with --fixer alone")
        }
        // Where no model is configured it is skipped, unless somebody asked for it by name.
        return asked.filter { $0 != model || models != nil || !options.fixers.isEmpty }
    }

    /// How long the phases may take, where the project says so.
    func phases(_ context: ProjectContext) -> PhaseLimits? {
        guard let section = context.configuration.heal?.phases else { return nil }
        var limits = PhaseLimits()
        let spans: [(WritableKeyPath<PhaseLimits, Double?>, TimeSpan?)] = [
            (\.triage, section.triage), (\.propose, section.propose), (\.gate, section.gate),
            (\.review, section.review), (\.verify, section.verify), (\.publish, section.publish),
        ]
        for case (let limit, let span?) in spans {
            limits[keyPath: limit] = Double(span.milliseconds)
        }
        return limits
    }

    /// Flags over `drydock.yaml` over the defaults, value by value.
    func budget(_ context: ProjectContext, _ models: ModelPool?) -> HealBudget {
        var budget = HealBudget()
        let section = context.configuration.heal
        let (limits, flags) = (section?.budget, options.budget)
        budget.attempts = options.attempts ?? section?.attempts.map(Int.init) ?? budget.attempts
        budget.tokens = flags?.tokens ?? limits?.tokens.map(Int.init)
        budget.costUSD = flags?.costUSD ?? limits?.costUSD
        if let most = options.spendingLimitUSD {
            budget.costUSD = min(budget.costUSD ?? most, most)
        }
        if let wall = limits?.wall { budget.wallMilliseconds = Double(wall.milliseconds) }
        if let wall = flags?.wallMilliseconds { budget.wallMilliseconds = wall }
        budget.modelCalls = flags?.modelCalls ?? limits?.modelCalls.map(Int.init)
        budget.sandboxMilliseconds =
            flags?.sandboxMilliseconds ?? limits?.sandboxTime.map { Double($0.milliseconds) }
        // Models never run without a bound that holds whatever their price.
        if models != nil, budget.tokens == nil { budget.tokens = ModelPool.defaultTokens }
        return budget
    }
}
