internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText
internal import MCPService
internal import NIOCore
internal import Orchestration

/// `/mcp`: streamable HTTP, both generations.
enum MCPRoutes: RouteGroup {
    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let transport = HTTPTransport(
            server: MCPServer(
                jobs: state.work.jobs, workbench: state.work.workbench, store: state.store,
                state: state.work.state, repositories: state.work.repositories,
                secret: state.work.secret))
        routes.post("mcp") { request, context in
            try OriginCheck.check(request, state: state)
            let identity = try context.requireIdentity()
            let caller = MCPServer.Caller(
                tenant: identity.tenant, mayRun: identity.scopes.contains(.run))
            let body = try await RequestBytes.read(
                request, byteLimit: 8 << 20, seconds: state.configuration.limits.bodySeconds)
            var headers: [String: String] = [:]
            for field in request.headers {
                // Twice is two readers that disagree.
                guard
                    headers[field.name.canonicalName] == nil
                        || !field.name.canonicalName
                            .hasPrefix("mcp-")
                else { throw ServiceError.badRequest("\(field.name) comes twice") }
                headers[field.name.canonicalName] = field.value
            }
            let isModern = headers["mcp-protocol-version"] == "2026-07-28"
            let answer = await transport.answer(
                HTTPTransport.Request(headers: headers, body: body), caller: caller)
            return try await response(answer, context, body: body, isModern: isModern)
        }
        routes.delete("mcp") { request, context in
            try OriginCheck.check(request, state: state)
            let identity = try context.requireIdentity()
            guard let name = HTTPField.Name("mcp-session-id"), let id = request.headers[name] else {
                throw ServiceError.methodNotAllowed(allow: "POST")
            }
            let ended = transport.end(
                session: id, caller: MCPServer.Caller(tenant: identity.tenant))
            return Response(status: ended ? .noContent : .notFound)
        }
    }

    private static func response(
        _ answer: HTTPTransport.Answer, _ context: ServiceContext, body: [UInt8], isModern: Bool
    ) async throws -> Response {
        switch answer {
        case .empty(let status): return Response(status: .init(code: status))
        case .document(let status, let text, let extra):
            return document(text, status: status, extra: extra)
        case .stream(let stream):
            // A client that asked for progress gets a stream; any other one document.
            guard wantsProgress(body) else {
                let last = try await context.whileClientWaits {
                    var last = ""
                    for await message in stream { last = message }
                    return last
                }
                return document(
                    last, status: HTTPTransport.status(of: last, isModern: isModern), extra: [:])
            }
            return EventStream.response(messages: stream, for: context)
        }
    }

    private static func wantsProgress(_ body: [UInt8]) -> Bool {
        (try? JSONValue(parsing: body))?["params"]?["_meta"]?["progressToken"] != nil
    }

    private static func document(
        _ text: String, status: Int, extra: [String: String]
    ) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        for (name, value) in extra {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
