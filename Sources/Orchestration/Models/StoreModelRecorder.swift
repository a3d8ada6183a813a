package import JSONText
internal import Repair
internal import RunModel
package import RunStore

/// What models said and did, in the store's append-only log beside the incident's own events.
package struct StoreModelRecorder: ModelRecorder {
    /// The subject under which an incident's transcript of models is.
    package static func subject(ofIncident id: String) -> String { id + "/models" }

    private let store: Store
    private let incident: String

    package init(store: Store, incident: String) {
        self.store = store
        self.incident = incident
    }

    package func record(_ kind: String, _ payload: JSONValue) async throws {
        try await store.append(
            RecordedEvent(
                subject: Self.subject(ofIncident: incident), kind: kind,
                time: WallClock.timestamp(), payload: payload.text(.canonical)))
    }
}
