internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunStore

/// Where a tenant is told what happens, instead of asking.
enum WebhookOperations: APIGroup {
    private static let limitPerTenant = 20
    private static let id = APIOperation.Parameter.path("id", "The webhook's id.")
    private static let events: JSONValue = [
        "type": "array", "minItems": 1, "maxItems": 20,
        "items": [
            "type": "string",
            "enum": .array(WebhookRecord.eventKinds.map { .string($0) }),
        ],
    ]

    static let operations: [APIOperation] = [
        APIOperation(
            method: .post, path: "/v1/webhooks", id: "create_webhook",
            summary: "Have events posted to an address. The secret that signs them is shown once.",
            scope: .run, isIdempotentCreate: true,
            body: APISchemas.object(
                [
                    ("url", ["type": "string", "minLength": 8, "maxLength": 2000]),
                    ("events", events),
                ],
                required: ["url"]),
            successes: [
                .json(201, "The webhook, with its secret.", APISchemas.reference("Webhook"))
            ],
            errors: [409, 415, 422]
        ) { call in
            let url = call.body["url"]?.stringValue ?? ""
            do {
                _ = try WebhookTarget(url, allowed: call.state.configuration.webhookHosts)
            } catch {
                throw ServiceError(
                    .unprocessableContent, code: "target_not_allowed",
                    message: "nothing may be sent there: \(error)")
            }
            let asked = call.body["events"]?.arrayValue?.compactMap(\.stringValue)
            let record = WebhookRecord(
                id: "hook-" + RandomText.hexadecimal(bytes: 8), tenant: call.tenant, url: url,
                events: Array(Set(asked ?? WebhookRecord.eventKinds)),
                secret: RandomText.bytes(24), createdAt: WallClock.timestamp())
            try await call.state.store.insert(webhook: record, limit: limitPerTenant)
            return JSONBody.response(
                json(record, secret: WebhookSignatures.shown(secret: record.secret)),
                status: .created, headers: [.location: "/v1/webhooks/\(record.id)"])
        },
        APIOperation(
            method: .get, path: "/v1/webhooks", id: "list_webhooks", summary: "All webhooks.",
            scope: .read,
            successes: [.json(200, "All of them.", APISchemas.page(of: "Webhook"))]
        ) { call in
            let all = try await call.state.store.webhooks(tenant: call.tenant)
            return JSONBody.response(["items": .array(all.map { json($0) }), "next": .null])
        },
        APIOperation(
            method: .get, path: "/v1/webhooks/{id}", id: "get_webhook", summary: "One webhook.",
            scope: .read, parameters: [id],
            successes: [.json(200, "The webhook.", APISchemas.reference("Webhook"))]
        ) { call in
            JSONBody.response(json(try await find(call)))
        },
        APIOperation(
            method: .delete, path: "/v1/webhooks/{id}", id: "delete_webhook",
            summary: "Tell it nothing more, not even what is on its way.", scope: .run,
            parameters: [id], successes: [.empty("It is gone.")]
        ) { call in
            try await call.state.store.remove(webhook: find(call).id)
            return Response(status: .noContent)
        },
        APIOperation(
            method: .get, path: "/v1/webhooks/{id}/deliveries", id: "list_deliveries",
            summary: "What was sent, how often, and why it was not taken.", scope: .read,
            parameters: [id, APISchemas.limit],
            successes: [.json(200, "The latest.", APISchemas.page(of: "Delivery"))]
        ) { call in
            let webhook = try await find(call)
            let list = try await call.state.store.deliveries(
                webhook: webhook.id, limit: call.integer("limit") ?? 50)
            return JSONBody.response(["items": .array(list.map(json)), "next": .null])
        },
    ]

    private static func find(_ call: APICall) async throws -> WebhookRecord {
        let id = try call.parameter("id")
        guard let webhook = try await call.state.store.webhook(id, tenant: call.tenant) else {
            throw ServiceError.notFound("webhook \(id)")
        }
        return webhook
    }

    private static func json(_ webhook: WebhookRecord, secret: String? = nil) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(webhook.id)), .init("url", .string(webhook.url)),
            .init("events", .array(webhook.events.map { .string($0) })),
            .init("created_at", .string(webhook.createdAt)),
        ]
        if let secret { members.append(.init("secret", .string(secret))) }
        return .object(members)
    }

    private static func json(_ delivery: WebhookDeliveryRecord) -> JSONValue {
        [
            "id": .string(delivery.id), "event": .string(delivery.kind),
            "state": .string(delivery.state.rawValue), "tries": JSONValue(delivery.tries),
            "created_at": .string(delivery.createdAt),
            "ended_at": JobAnswers.optional(delivery.endedAt),
            "status": delivery.status.map { JSONValue($0) } ?? .null,
            "reason": JobAnswers.optional(delivery.error),
            "payload": (try? JSONValue(parsing: delivery.payload)) ?? .null,
        ]
    }

    static let schemas: [(String, JSONValue)] = [
        (
            "Delivery",
            APISchemas.object(
                [
                    ("id", APISchemas.text), ("event", APISchemas.text),
                    ("state", ["type": "string", "enum": ["pending", "delivered", "failed"]]),
                    ("tries", ["type": "integer"]), ("created_at", APISchemas.time),
                    ("ended_at", ["type": ["string", "null"]]),
                    ("status", ["type": ["integer", "null"]]),
                    ("reason", ["type": ["string", "null"]]),
                    ("payload", ["type": ["object", "null"]]),
                ], required: ["id", "event", "state", "tries", "created_at"])
        ),
        (
            "Webhook",
            APISchemas.object(
                [
                    ("id", APISchemas.text), ("url", APISchemas.text), ("events", events),
                    ("created_at", APISchemas.time), ("secret", APISchemas.text),
                ], required: ["id", "url", "events", "created_at"])
        ),
    ]
}
