internal import Foundation
internal import HTTPTypes
internal import JSONText
internal import RunModel

/// The OpenAPI 3.1 document of `/v1`, made from the same operations that the router has.
package enum OpenAPIDocument {
    /// As it is kept in `docs/reference/openapi.json`.
    package static var text: String { make().text(.indented) + "\n" }

    private static let anyError: [(Int, String)] = [
        (400, "The request is wrong; the message says what."),
        (401, "The key is missing or not valid."),
        (403, "The key has not the scope, or the tenant's quota has no room."),
        (404, "There is no such thing for this key."),
        (405, "Another method is meant."), (413, "The body is too large."),
        (429, "Too much at once; Retry-After says when to try again."),
        (500, "Something went wrong inside."),
    ]

    static func make() -> JSONValue {
        var paths: [JSONValue.Member] = []
        for (path, operations) in Dictionary(grouping: APICatalog.operations, by: \.path)
            .sorted(by: { $0.key < $1.key })
        {
            let methods = operations.sorted { $0.method.rawValue < $1.method.rawValue }
            paths.append(
                .init(
                    path,
                    .object(methods.map { .init($0.method.rawValue.lowercased(), entry($0)) })))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Drydock", "version": .string(DrydockVersion.text),
                "summary": "Sandboxed execution and verification.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "security": [["key": []], ["bearer": []]], "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                    "bearer": ["type": "http", "scheme": "bearer"],
                ],
                "schemas": .object(APISchemas.components.map { .init($0.0, $0.1) }),
            ],
        ]
    }

    private static func entry(_ operation: APIOperation) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(operation.id)),
            .init("summary", .string(operation.summary)),
        ]
        if let scope = operation.scope {
            members.append(
                .init("description", .string("Needs the scope `\(scope.rawValue)`.")))
        }
        var parameters = operation.parameters
        if operation.isIdempotentCreate { parameters.append(APISchemas.idempotencyKey) }
        if !parameters.isEmpty {
            members.append(
                .init(
                    "parameters",
                    .array(
                        parameters.map { parameter in
                            [
                                "name": .string(parameter.name),
                                "in": .string(parameter.place.rawValue),
                                "required": .bool(parameter.place == .path),
                                "description": .string(parameter.description),
                                "schema": parameter.schema,
                            ]
                        })))
        }
        if let body = operation.body {
            members.append(
                .init(
                    "requestBody",
                    ["required": true, "content": ["application/json": ["schema": body]]]))
        } else if operation.takesBytes {
            members.append(
                .init(
                    "requestBody",
                    [
                        "required": true,
                        "content": [
                            "application/octet-stream": ["schema": ["type": "string"]]
                        ],
                    ]))
        }
        members.append(.init("responses", responses(operation)))
        return .object(members)
    }

    private static func responses(_ operation: APIOperation) -> JSONValue {
        var members: [JSONValue.Member] = []
        for success in operation.successes {
            var answer: [JSONValue.Member] = [.init("description", .string(success.description))]
            if let type = success.contentType {
                answer.append(
                    .init("content", .object([.init(type, ["schema": success.schema])])))
            }
            members.append(.init("\(success.status)", .object(answer)))
        }
        let more: [(Int, String)] = operation.errors.map { status in
            (status, status == 409 ? "It contradicts what is there." : "It is refused.")
        }
        for (status, description) in (anyError + more).sorted(by: { $0.0 < $1.0 }) {
            members.append(
                .init(
                    "\(status)",
                    [
                        "description": .string(description),
                        "content": [
                            "application/json": ["schema": APISchemas.reference("Error")]
                        ],
                    ]))
        }
        return .object(members)
    }
}
