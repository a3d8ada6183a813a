internal import Foundation
package import LanguageModels
package import Repair
package import RunModel
package import RunStore
internal import Synchronization

/// Token, money and call budgets of an incident, reserved in the store before each call.
///
/// Each process names its uses for itself: calls that are made again after SIGKILL are paid again,
/// and what a killed process had reserved counts as used, for it may have been.
package final class StoreModelMeter: ModelMeter {
    private let store: Store
    private let incident: String
    private let budget: HealBudget
    private let prices: [String: ModelPrice]
    private let prefix: String
    private let state = Mutex((count: 0, spending: ModelSpending()))

    package init(
        store: Store, incident: String, budget: HealBudget, prices: [String: ModelPrice]
    ) {
        self.store = store
        self.incident = incident
        self.budget = budget
        self.prices = prices
        prefix = "\(incident)/model/\(UUID().uuidString)/"
    }

    package func reserve(
        model: RepairModel, inputTokensMax: Int, outputTokensMin: Int, outputTokensMax: Int
    ) async throws -> ModelReservation {
        let id =
            prefix
            + String(
                state.withLock {
                    $0.count += 1
                    return $0.count
                })
        var output = outputTokensMax
        if let limit = budget.tokens {
            let left = Double(limit) - (try await store.used(incident: incident, resource: .tokens))
            output = min(output, Int(left) - inputTokensMax)
            guard output >= outputTokensMin else { throw refusal("tokens", left, inputTokensMax) }
        }
        let price = prices[model.id]
        if let limit = budget.costUSD, let price {
            let left = limit - (try await store.used(incident: incident, resource: .costUSD))
            let input = price.costUSDMax(inputTokens: inputTokensMax, outputTokens: 0)
            if price.output > 0 {
                output = min(output, Int((left - input) / price.output * 1_000_000))
            }
            guard left >= input, output >= outputTokensMin else {
                throw ModelBudgetRefusal(
                    reason: "the money budget is used up: \(left) of \(limit) US dollars are left")
            }
        }
        let amounts: [(BudgetResource, Double, Double?)] = [
            (.modelCalls, 1, budget.modelCalls.map(Double.init)),
            (.tokens, Double(inputTokensMax + output), budget.tokens.map(Double.init)),
            (
                .costUSD,
                price?.costUSDMax(inputTokens: inputTokensMax, outputTokens: output) ?? 0,
                price == nil ? nil : budget.costUSD
            ),
        ]
        var reserved: [BudgetResource] = []
        for (resource, amount, limit) in amounts {
            let answer = try await store.reserve(
                id: "\(id)/\(resource.rawValue)", incident: incident, resource: resource,
                amount: amount, limit: limit)
            if case .refused(let remaining) = answer {
                for earlier in reserved {
                    try await store.settle(id: "\(id)/\(earlier.rawValue)", used: 0)
                }
                throw refusal(resource.rawValue, remaining, Int(amount))
            }
            reserved.append(resource)
        }
        return ModelReservation(id: id, model: model.id, outputTokens: output)
    }

    private func refusal(_ resource: String, _ left: Double, _ needed: Int) -> ModelBudgetRefusal {
        ModelBudgetRefusal(
            reason: "the budget for \(resource) does not suffice for another model call: "
                + "\(Int(max(0, left))) left, \(needed) and more needed")
    }

    package func settle(_ reservation: ModelReservation, usage: ModelUsage) async throws {
        let cost = prices[reservation.model]?.costUSD(usage) ?? 0
        try await store.settle(id: "\(reservation.id)/model_calls", used: 1)
        try await store.settle(
            id: "\(reservation.id)/tokens", used: Double(usage.totalTokens))
        try await store.settle(id: "\(reservation.id)/cost_usd", used: cost)
        state.withLock {
            $0.spending.calls += 1
            $0.spending.tokens += usage.totalTokens
            $0.spending.costUSD += cost
        }
    }

    package func spending() async -> ModelSpending { state.withLock { $0.spending } }
}
