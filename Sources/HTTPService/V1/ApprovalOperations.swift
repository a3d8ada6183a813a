internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Logging
internal import Orchestration
internal import RunModel
internal import RunStore

/// What waits for a human, and what the human decides. Deciding needs a scope of its own, and the
/// name of the key that decided is kept. An incident goes on with the decision, in a job of its own;
/// a session's change is submitted again by who submitted it.
enum ApprovalOperations: APIGroup {
    static let operations: [APIOperation] = [
        APIOperation(
            method: .get, path: "/v1/approvals", id: "list_approvals",
            summary: "What waits, and what was decided.", scope: nil,
            successes: [.json(200, "All of them.", APISchemas.page(of: "Approval"))]
        ) { call in
            try requireSight(call)
            return JSONBody.response([
                "items": .array(try await list(call.state.store, tenant: call.tenant)),
                "next": .null,
            ])
        },
        APIOperation(
            method: .post, path: "/v1/approvals/{id}", id: "decide_approval",
            summary: "Approve or reject.", scope: .approve,
            parameters: [.path("id", "The approval's id.")],
            body: APISchemas.object(
                [("decision", ["type": "string", "enum": ["approved", "rejected"]])],
                required: ["decision"]),
            successes: [.json(200, "The decision.", APISchemas.reference("Approval"))],
            errors: [409, 415]
        ) { call in
            let decision = ApprovalRecord.Decision(
                rawValue: call.body["decision"]?.stringValue ?? "")
            guard let decision else { throw ServiceError.badRequest("decision is missing") }
            return JSONBody.response(
                try await decide(
                    call.parameter("id"), decision, by: call.identity, state: call.state))
        },
    ]

    /// Who reads may see; who approves must.
    private static func requireSight(_ call: APICall) throws {
        guard !call.identity.scopes.isDisjoint(with: [.read, .approve]) else {
            throw ServiceError.forbidden("the key has neither the scope 'read' nor 'approve'")
        }
    }

    static func list(_ store: Store, tenant: String) async throws -> [JSONValue] {
        var all: [JSONValue] = try await store.submissions(tenant: tenant).map(json)
        for incident in try await store.incidentIDs(tenant: tenant) {
            all += try await store.approvals(ofIncident: incident).map(json)
        }
        return all
    }

    /// Records the decision under the key's name and tenant.
    static func decide(
        _ id: String, _ decision: ApprovalRecord.Decision, by identity: Identity,
        state: ServiceState
    ) async throws -> JSONValue {
        let person = "\(identity.keyName) (\(identity.keyID))"
        let answer: JSONValue
        if id.hasPrefix("sub-") {
            answer = json(
                try await state.store.decide(
                    submission: id, tenant: identity.tenant, decision: decision, by: person,
                    time: WallClock.timestamp()))
        } else {
            // Another tenant's is not there.
            var own: ApprovalRecord?
            for incident in try await state.store.incidentIDs(tenant: identity.tenant) {
                own =
                    try await state.store.approvals(ofIncident: incident).first { $0.id == id }
                    ?? own
            }
            guard let own else { throw ServiceError.notFound("approval \(id)") }
            answer = json(
                try await ApprovalDecision.record(
                    decision, approval: id, by: person, in: state.store))
            try await goOn(with: own, tenant: identity.tenant, state)
        }
        try await state.audit(
            identity, action: "approval.\(decision.rawValue)", subject: id)
        return answer
    }

    /// Once for each approval, however often the decision is sent.
    private static func goOn(
        with approval: ApprovalRecord, tenant: String, _ state: ServiceState
    ) async throws {
        guard let job = try await state.store.job(ofIncident: approval.incident, tenant: tenant),
            let earlier = try? JSONDecoder().decode(
                JobRequest.self, from: Data(job.request.utf8))
        else { return }
        var request = JobRequest(.heal)
        request.repository = earlier.repository
        request.incident = approval.incident
        do {
            _ = try await state.work.jobs.submit(
                request, tenant: tenant, idempotencyKey: "decided:\(approval.id)")
        } catch {
            // Decided it is; the next heal of the same failure goes on with it.
            state.logger.error(
                "not gone on with",
                metadata: ["incident": "\(approval.incident)", "error": "\(error)"])
        }
    }

    private static func json(_ record: SubmissionRecord) -> JSONValue {
        [
            "id": .string(record.id), "kind": "session", "subject": .string(record.session),
            "tree": .string(record.tree), "title": .string(record.title),
            "reasons": .array(record.reasons.map { .string($0) }),
            "requested_at": .string(record.requestedAt),
            "decision": JobAnswers.optional(record.decision?.rawValue),
            "decided_by": JobAnswers.optional(record.decidedBy),
            "decided_at": JobAnswers.optional(record.decidedAt),
        ]
    }

    private static func json(_ record: ApprovalRecord) -> JSONValue {
        [
            "id": .string(record.id), "kind": "incident", "subject": .string(record.incident),
            "tree": .string(record.tree), "title": .string("Incident \(record.incident)"),
            "reasons": .array(record.reasons.map { .string($0) }),
            "requested_at": .string(record.requestedAt),
            "decision": JobAnswers.optional(record.decision?.rawValue),
            "decided_by": JobAnswers.optional(record.decidedBy),
            "decided_at": JobAnswers.optional(record.decidedAt),
        ]
    }
}
