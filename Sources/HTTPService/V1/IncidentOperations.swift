internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// Incidents: regressions that are being handled, with their attempts.
enum IncidentOperations: APIGroup {
    static let operations: [APIOperation] = [
        APIOperation(
            method: .get, path: "/v1/incidents", id: "list_incidents",
            summary: "Incidents, the latest first.", scope: .read,
            successes: [.json(200, "All of them.", APISchemas.page(of: "Incident"))]
        ) { call in
            var items: [JSONValue] = []
            for id in try await call.state.store.incidentIDs(tenant: call.tenant) {
                items.append(json(try await call.state.store.incident(id), call.state))
            }
            return JSONBody.response(["items": .array(items), "next": .null])
        },
        APIOperation(
            method: .get, path: "/v1/incidents/{id}", id: "get_incident",
            summary: "An incident with its attempts and its story.", scope: .read,
            parameters: [.path("id", "The incident's id.")],
            successes: [.json(200, "The incident.", APISchemas.reference("Incident"))]
        ) { call in
            let id = try call.parameter("id")
            guard try await call.state.store.incidentIDs(tenant: call.tenant).contains(id) else {
                throw ServiceError.notFound("incident \(id)")
            }
            let story = try await IncidentStory.load(id, from: call.state.store)
            guard case .object(var members) = json(story.incident, call.state) else {
                throw ServiceError.notFound("incident \(id)")
            }
            members.append(.init("attempts", .array(story.state.attempts.map(attempt))))
            members.append(.init("story", .string(text(of: story, call.state))))
            return JSONBody.response(.object(members))
        },
    ]

    /// The story in the names that tenants use.
    static func text(of story: IncidentStory, _ state: ServiceState) -> String {
        let path = story.incident.repository
        return story.text.replacing(path, with: state.name(ofRepository: path))
    }

    private static func json(_ incident: IncidentRecord, _ state: ServiceState) -> JSONValue {
        [
            "id": .string(incident.id),
            "repository": .string(state.name(ofRepository: incident.repository)),
            "branch": .string(incident.branch), "title": .string(incident.title),
            "status": .string(incident.status.rawValue), "opened_at": .string(incident.openedAt),
            "updated_at": .string(incident.updatedAt),
        ]
    }

    static func attempt(_ attempt: HealReport.Attempt) -> JSONValue {
        (try? JSONTextEncoder.value(of: attempt)) ?? .object([])
    }
}
