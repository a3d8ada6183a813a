internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText

/// `/v1`: the operations of `APICatalog`, and the document that describes them.
enum APIRoutes: RouteGroup {
    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let document = OpenAPIDocument.make()
        routes.get("v1/openapi.json") { _, _ in JSONBody.response(document) }
        let creates = IdempotentCreates(store: state.store)
        for operation in APICatalog.operations {
            let path = RouterPath(operation.path)
            routes.on(path, method: operation.method) { request, context in
                let call = try await call(operation, request, context, state)
                guard operation.isIdempotentCreate,
                    let key = try JobAnswers.idempotencyKey(call)
                else { return try await operation.handle(call) }
                return try await creates.perform(operation, call, key: key)
            }
        }
    }

    private static func call(
        _ operation: APIOperation, _ request: Request, _ context: ServiceContext,
        _ state: ServiceState
    ) async throws -> APICall {
        let identity = try context.requireIdentity()
        if let scope = operation.scope { try context.require(scope) }
        let query = try query(of: request, operation)
        var (body, bytes): (JSONValue, [UInt8]) = (.null, [])
        if let schema = operation.body {
            try requireJSON(request)
            body = try await JSONBody.read(request, limits: state.configuration.limits)
            try check(body, schema, name: "the body")
        } else if operation.takesBytes {
            bytes = try await RequestBytes.read(
                request, byteLimit: 4 << 20, seconds: state.configuration.limits.bodySeconds)
        }
        return APICall(
            request: request, context: context, identity: identity, state: state, body: body,
            bytes: bytes, query: query)
    }

    private static func requireJSON(_ request: Request) throws {
        let type = request.headers[.contentType]?.split(separator: ";").first?
            .trimmingCharacters(in: .whitespaces).lowercased()
        guard type == nil || type == "application/json" else {
            throw ServiceError(
                .unsupportedMediaType, code: "unsupported_media_type",
                message: "the body must be application/json")
        }
    }

    private static func query(
        of request: Request, _ operation: APIOperation
    ) throws -> [String: String] {
        var query: [String: String] = [:]
        for (key, value) in request.uri.queryParameters {
            let (name, text) = (String(key), String(value))
            guard
                let parameter = operation.parameters.first(where: {
                    $0.place == .query && $0.name == name
                })
            else { throw ServiceError.badRequest("there is no query parameter '\(name)'") }
            guard query[name] == nil else { throw ServiceError.badRequest("\(name) comes twice") }
            let json: JSONValue =
                parameter.schema["type"]?.stringValue == "integer"
                ? (Int(text).map { JSONValue($0) } ?? .string(text)) : .string(text)
            try check(json, parameter.schema, name: name)
            query[name] = text
        }
        return query
    }

    private static func check(_ value: JSONValue, _ schema: JSONValue, name: String) throws {
        if let problem = SchemaCheck.problem(with: value, schema, at: name) {
            throw ServiceError.badRequest(problem)
        }
    }
}
