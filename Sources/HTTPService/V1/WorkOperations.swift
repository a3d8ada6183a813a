internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// What asks for work: each makes a job.
enum WorkOperations: APIGroup {
    /// Where jobs of each kind are under, and what their request may say.
    private static let kinds:
        [(path: String, kind: JobRequest.Kind, scope: KeyScope, body: JSONValue)] =
            [
                (
                    "gates", .gate, .run,
                    sessionOr(
                        ["repository", "base", "head"],
                        [
                            ("session", APISchemas.name), ("repository", APISchemas.name),
                            ("base", APISchemas.revision), ("head", APISchemas.revision),
                            ("policy", APISchemas.name),
                        ])
                ),
                (
                    "incidents", .heal, .heal,
                    APISchemas.object(
                        [
                            ("repository", APISchemas.name), ("good", APISchemas.revision),
                            ("bad", APISchemas.revision), ("dry_run", ["type": "boolean"]),
                        ], required: ["repository"])
                ),
                (
                    "runs", .run, .run,
                    APISchemas.object(
                        [
                            (
                                "command",
                                [
                                    "type": "array", "minItems": 1, "maxItems": 1000,
                                    "items": ["type": "string", "maxLength": 131_072],
                                ]
                            ), ("session", APISchemas.name), ("repository", APISchemas.name),
                            ("revision", APISchemas.revision),
                            (
                                "environment",
                                [
                                    "type": "object", "maxProperties": 200,
                                    "additionalProperties": [
                                        "type": "string", "maxLength": 131_072,
                                    ],
                                ]
                            ), ("stdin", ["type": "string"]),
                            ("working_directory", ["type": "string", "maxLength": 4096]),
                            ("network", ["type": "string", "maxLength": 4096]),
                            ("profile", APISchemas.name), ("title", APISchemas.name),
                            (
                                "limits",
                                APISchemas.object(
                                    [
                                        "memory_bytes", "wall_ms", "cpu_time_ms", "disk_bytes",
                                        "output_bytes",
                                    ]
                                    .map { ($0, limit(1 << 50)) }
                                        // What the kernel can count (PID_MAX_LIMIT).
                                        + [("processes", limit(1 << 22))])
                            ),
                        ], required: ["command"])
                ),
                (
                    "submissions", .submit, .run,
                    APISchemas.object(
                        [
                            ("session", APISchemas.name), ("title", APISchemas.name),
                            ("tests", APISchemas.tests),
                            ("repeats", ["type": "integer", "minimum": 1, "maximum": 50]),
                        ], required: ["session"])
                ),
                (
                    "tests", .test, .run,
                    APISchemas.object(
                        [("session", APISchemas.name), ("tests", APISchemas.tests)],
                        required: ["session"])
                ),
                (
                    "triages", .triage, .run,
                    APISchemas.object(
                        [
                            ("repository", APISchemas.name), ("good", APISchemas.revision),
                            ("bad", APISchemas.revision), ("tests", APISchemas.tests),
                            ("repeats", ["type": "integer", "minimum": 2, "maximum": 100]),
                        ], required: ["repository", "good", "bad"])
                ),
                (
                    "verifications", .verify, .run,
                    sessionOr(
                        ["repository", "base", "head"],
                        [
                            ("session", APISchemas.name), ("repository", APISchemas.name),
                            ("base", APISchemas.revision), ("head", APISchemas.revision),
                            ("good", APISchemas.revision), ("tests", APISchemas.tests),
                            ("repeats", ["type": "integer", "minimum": 1, "maximum": 50]),
                        ])
                ),
            ]

    private static func limit(_ maximum: Int) -> JSONValue {
        ["type": "integer", "minimum": 1, "maximum": JSONValue(maximum)]
    }

    static var operations: [APIOperation] {
        kinds.flatMap { entry -> [APIOperation] in
            var operations = [create(entry.path, entry.kind, entry.scope, entry.body)]
            // Incidents are more than the jobs that work on them.
            if entry.kind != .heal { operations.append(list(entry.path, entry.kind)) }
            return operations
        }
    }

    private static func sessionOr(
        _ others: [String], _ properties: [(String, JSONValue)]
    ) -> JSONValue {
        guard case .object(var members) = APISchemas.object(properties) else { return .null }
        members.append(
            .init(
                "anyOf",
                [
                    ["required": ["session"]],
                    ["required": .array(others.map { .string($0) })],
                ]))
        return .object(members)
    }

    private static func create(
        _ path: String, _ kind: JobRequest.Kind, _ scope: KeyScope, _ body: JSONValue
    ) -> APIOperation {
        APIOperation(
            method: .post, path: "/v1/\(path)", id: "create_\(kind.rawValue)",
            summary: "Ask for a \(kind.rawValue).", scope: scope,
            parameters: [APISchemas.idempotencyKey, APISchemas.patience], body: body,
            successes: [
                .json(200, "The job, which is over.", APISchemas.reference("Job")),
                .json(202, "The job, which goes on.", APISchemas.reference("Job")),
            ], errors: [409, 415]
        ) { call in
            try await JobAnswers.create(kind, call)
        }
    }

    private static func list(_ path: String, _ kind: JobRequest.Kind) -> APIOperation {
        APIOperation(
            method: .get, path: "/v1/\(path)", id: "list_\(kind.rawValue)",
            summary: "The latest jobs of this kind.", scope: .read,
            parameters: [APISchemas.limit, APISchemas.before],
            successes: [.json(200, "A page.", APISchemas.page(of: "Job"))]
        ) { call in
            try await JobAnswers.list(kind: kind.rawValue, call)
        }
    }
}
