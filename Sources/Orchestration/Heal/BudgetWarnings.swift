internal import JSONText
internal import RunModel
internal import RunStore

/// Says, once for each budget of an incident, that four fifths of it are used: in the transcript,
/// in the audit log, and to whoever watches.
struct BudgetWarnings: Sendable {
    static let kind = "budget.warned"

    let incident: String
    let coordinator: HealCoordinator

    /// Called after each event: what was reserved before it has been settled by then.
    func check(_ budget: HealBudget) async throws {
        let limits: [(BudgetResource, Double?)] = [
            (.tokens, budget.tokens.map(Double.init)), (.costUSD, budget.costUSD),
            (.modelCalls, budget.modelCalls.map(Double.init)),
            (.wallMilliseconds, budget.wallMilliseconds),
            (.sandboxMilliseconds, budget.sandboxMilliseconds),
        ]
        let store = coordinator.store
        for case (let resource, let limit?) in limits where limit > 0 {
            let used = try await store.settled(incident: incident, resource: resource)
            guard used >= limit * Store.budgetWarningShare else { continue }
            let subject = StoreModelRecorder.subject(ofIncident: incident)
            let isKnown = try await store.events(of: subject).contains {
                $0.kind == Self.kind
                    && (try? JSONValue(parsing: $0.payload))?["resource"]?.stringValue
                        == resource.rawValue
            }
            guard !isKnown else { continue }
            let event = RecordedEvent(
                subject: subject, kind: Self.kind, time: coordinator.now(),
                payload: JSONValue.object([
                    .init("resource", .string(resource.rawValue)),
                    .init("used", JSONValue(used)), .init("limit", JSONValue(limit)),
                ]).text(.canonical))
            try await store.append(event)
            try await coordinator.ports.records.audit?.append(event)
            await coordinator.ports.watch.warn(
                "\(incident) has used \(Int(used / limit * 100)) % of its budget for "
                    + resource.rawValue)
        }
    }
}
