package import JSONText
internal import Repair
internal import RunModel
internal import RunStore

/// What models said and did: in the store's append-only log beside the incident's own events, and
/// in the hash-chained audit log.
package struct StoreModelRecorder: ModelRecorder {
    /// The subject under which an incident's transcript of models is.
    package static func subject(ofIncident id: String) -> String { id + "/models" }

    private let store: Store
    private let incident: String
    private let audit: (any EventSink)?
    private let watch: HealWatch

    package init(_ surroundings: HealService.Surroundings, incident: String) {
        store = surroundings.store
        audit = surroundings.records.audit
        watch = surroundings.watch
        self.incident = incident
    }

    package func record(_ kind: String, _ payload: JSONValue) async throws {
        let event = RecordedEvent(
            subject: Self.subject(ofIncident: incident), kind: kind,
            time: WallClock.timestamp(), payload: payload.text(.canonical))
        try await store.append(event)
        // The chain has every thought and action, as it has every transition.
        try await audit?.append(event)
        await watch.model(incident, kind, payload)
    }
}
