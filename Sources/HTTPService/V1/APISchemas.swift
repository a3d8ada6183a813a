internal import JSONText

/// Schemas that several operations share; the OpenAPI document has them under `components`.
enum APISchemas {
    static let text: JSONValue = ["type": "string"]
    static let name: JSONValue = ["type": "string", "minLength": 1, "maxLength": 300]
    static let revision: JSONValue = ["type": "string", "minLength": 1, "maxLength": 300]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let tests: JSONValue = [
        "type": "array", "items": ["type": "string", "minLength": 1, "maxLength": 2000],
        "maxItems": 1000,
    ]
    static let patience: APIOperation.Parameter = .query(
        "wait_ms", "How long to wait for the end before answering (0).",
        ["type": "integer", "minimum": 0, "maximum": 60_000])
    static let limit: APIOperation.Parameter = .query(
        "limit", "How many at most (50).", ["type": "integer", "minimum": 1, "maximum": 100])
    static let before: APIOperation.Parameter = .query(
        "before", "Only what is older than this id: the `next` of the page before.",
        ["type": "string", "minLength": 1, "maxLength": 100])
    static let idempotencyKey = APIOperation.Parameter(
        name: "Idempotency-Key", place: .header,
        description: "The same key with the same request gives the same answer; with another, 409.",
        schema: ["type": "string", "minLength": 1, "maxLength": 255])

    static func object(
        _ properties: [(String, JSONValue)], required: [String] = []
    ) -> JSONValue {
        [
            "type": "object",
            "properties": .object(properties.map { JSONValue.Member($0.0, $0.1) }),
            "required": .array(required.map { .string($0) }), "additionalProperties": false,
        ]
    }

    static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static func page(of name: String) -> JSONValue {
        object(
            [
                ("items", ["type": "array", "items": reference(name)]),
                ("next", ["type": ["string", "null"]]),
            ], required: ["items", "next"])
    }

    static let components: [(String, JSONValue)] =
        [
            (
                "Approval",
                object(
                    [
                        ("id", text),
                        ("kind", ["type": "string", "enum": ["incident", "session"]]),
                        ("subject", text), ("tree", text), ("title", text),
                        ("reasons", ["type": "array", "items": text]), ("requested_at", time),
                        ("decision", ["type": ["string", "null"]]),
                        ("decided_by", ["type": ["string", "null"]]),
                        ("decided_at", ["type": ["string", "null"]]),
                    ], required: ["id", "kind", "subject", "tree", "reasons", "requested_at"])
            ),
            (
                "Error",
                object(
                    [("code", text), ("message", text), ("request_id", text)],
                    required: ["code", "message", "request_id"])
            ),
            (
                "Incident",
                object(
                    [
                        ("id", text), ("repository", text), ("branch", text), ("title", text),
                        ("status", text), ("opened_at", time), ("updated_at", time),
                        ("attempts", ["type": "array", "items": ["type": "object"]]),
                        ("story", text),
                    ], required: ["id", "title", "status", "opened_at", "updated_at"])
            ),
            (
                "Job",
                object(
                    [
                        ("id", text),
                        (
                            "kind",
                            [
                                "type": "string",
                                "enum": [
                                    "run", "test", "gate", "verify", "triage", "heal", "submit",
                                ],
                            ]
                        ),
                        (
                            "state",
                            [
                                "type": "string",
                                "enum": ["queued", "running", "ended", "failed", "cancelled"],
                            ]
                        ), ("title", text), ("created_at", time),
                        ("started_at", ["type": ["string", "null"]]),
                        ("ended_at", ["type": ["string", "null"]]),
                        ("attempts", ["type": "integer"]),
                        ("position", ["type": ["integer", "null"]]),
                        ("expected_wait_ms", ["type": ["integer", "null"]]),
                        ("error", ["type": ["string", "null"]]),
                        ("document", ["type": ["object", "null"]]),
                    ], required: ["id", "kind", "state", "title", "created_at"])
            ),
            (
                "Session",
                object(
                    [
                        ("id", text), ("repository", text), ("revision", text), ("base", text),
                        ("created_at", time), ("snapshots", ["type": "integer"]),
                    ], required: ["id", "repository", "revision", "base", "created_at"])
            ),
        ] + WebhookOperations.schemas
}
