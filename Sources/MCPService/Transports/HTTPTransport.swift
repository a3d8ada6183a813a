internal import Foundation
internal import JSONText
internal import Synchronization

/// MCP over HTTP, both generations on one path. The web server around it has authenticated the
/// caller and checked `Origin`.
package final class HTTPTransport: Sendable {
    package struct Request: Sendable {
        /// Lowercase names.
        package var headers: [String: String]
        package var body: [UInt8]

        package init(headers: [String: String], body: [UInt8]) {
            self.headers = headers
            self.body = body
        }
    }

    package enum Answer: Sendable {
        /// Nothing but a status.
        case empty(status: Int)
        case document(status: Int, text: String, headers: [String: String])
        /// Notifications as they come, then the answer: each one a JSON text. Ending the
        /// consumption cancels the request.
        case stream(AsyncStream<String>)
    }

    private struct Session: Sendable {
        var version: String
        var tenant: String
        var usedAt: ContinuousClock.Instant
        var calls: [String: Task<Void, Never>] = [:]
    }

    private static let sessionLimit = 10_000
    private static let sessionLifetime = Duration.seconds(24 * 3600)
    private let server: MCPServer
    private let sessions = Mutex<[String: Session]>([:])

    package init(server: MCPServer) { self.server = server }

    package func answer(_ request: Request, caller: MCPServer.Caller) async -> Answer {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: request.body)
        } catch {
            return Self.document(JSONRPCError(.parse, "\(error)"), id: nil)
        }
        do {
            if value["method"] == nil, value["result"] != nil || value["error"] != nil {
                return .empty(status: 202)
            }
            let message = try JSONRPCMessage(value)
            let isModern =
                ModernEnvelope.isPresent(in: message.params) || message.method == "server/discover"
                || ProtocolEra.modernVersions.contains(
                    request.headers["mcp-protocol-version"] ?? "")
            return isModern
                ? try modern(message, request, caller)
                : try await legacy(message, request, caller)
        } catch {
            return Self.document(error, id: value["id"])
        }
    }

    // MARK: 2026-07-28

    private func modern(
        _ message: JSONRPCMessage, _ request: Request, _ caller: MCPServer.Caller
    ) throws(JSONRPCError) -> Answer {
        guard let id = message.id else { return .empty(status: 202) }
        let envelope = try ModernEnvelope(params: message.params)
        try RoutingHeaders.check(message, envelope, headers: request.headers)
        try envelope.requireSupportedVersion()
        return stream(message, id: id, era: .modern(envelope), caller: caller, session: nil)
    }

    // MARK: 2025-11-25 and before

    private func legacy(
        _ message: JSONRPCMessage, _ request: Request, _ caller: MCPServer.Caller
    ) async throws(JSONRPCError) -> Answer {
        if message.method == "initialize", let id = message.id {
            let (version, result) = MCPServer.initialization(message.params)
            let session = UUID().uuidString.lowercased()
            keep(Session(version: version, tenant: caller.tenant, usedAt: .now), as: session)
            let answer: JSONValue = ["jsonrpc": "2.0", "id": id, "result": result]
            return .document(
                status: 200, text: answer.text(), headers: ["mcp-session-id": session])
        }
        // Clients of 2025-03-26 name no version, and a session is theirs to leave out.
        let asked = request.headers["mcp-protocol-version"] ?? "2025-03-26"
        guard ProtocolEra.legacyVersions.contains(asked) else {
            throw JSONRPCError(
                .unsupportedVersion, "unsupported protocol version",
                data: [
                    "supported": .array(ProtocolEra.allVersions.map { .string($0) }),
                    "requested": .string(asked),
                ])
        }
        let session = request.headers["mcp-session-id"]
        if let session, !touch(session, tenant: caller.tenant) {
            // The client begins again (2025-11-25, Session Management).
            return .empty(status: 404)
        }
        guard let id = message.id else {
            if message.method == "notifications/cancelled", let session,
                let target = message.params["requestId"]
            {
                sessions.withLock { $0[session]?.calls[target.text()] }?.cancel()
            }
            return .empty(status: 202)
        }
        return stream(
            message, id: id, era: .legacy(version: asked), caller: caller, session: session)
    }

    /// Ends a session of the older generation.
    ///
    /// - Returns: whether there was one.
    package func end(session: String, caller: MCPServer.Caller) -> Bool {
        sessions.withLock { sessions in
            guard sessions[session]?.tenant == caller.tenant else { return false }
            sessions[session] = nil
            return true
        }
    }

    private func keep(_ session: Session, as id: String) {
        sessions.withLock { sessions in
            if sessions.count >= Self.sessionLimit {
                let oldest = ContinuousClock.now - Self.sessionLifetime
                sessions = sessions.filter { $0.value.usedAt > oldest }
                if sessions.count >= Self.sessionLimit,
                    let first = sessions.min(by: { $0.value.usedAt < $1.value.usedAt })
                {
                    sessions[first.key] = nil
                }
            }
            sessions[id] = session
        }
    }

    private func touch(_ id: String, tenant: String) -> Bool {
        sessions.withLock { sessions in
            guard sessions[id]?.tenant == tenant else { return false }
            sessions[id]?.usedAt = .now
            return true
        }
    }

    // MARK: Answers

    private func stream(
        _ message: JSONRPCMessage, id: JSONValue, era: ProtocolEra, caller: MCPServer.Caller,
        session: String?
    ) -> Answer {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let server = server
        let task = Task {
            let answer: JSONValue
            do {
                let result = try await server.result(
                    of: message, era: era, caller: caller,
                    notify: { continuation.yield($0.text()) })
                answer = ["jsonrpc": "2.0", "id": id, "result": result]
            } catch let error as JSONRPCError {
                answer = error.answer(to: id)
            } catch {
                answer = JSONRPCError(
                    .internalError, error is CancellationError ? "cancelled" : "\(error)"
                ).answer(to: id)
            }
            continuation.yield(answer.text())
            continuation.finish()
        }
        let key = id.text()
        if let session { sessions.withLock { $0[session]?.calls[key] = task } }
        continuation.onTermination = { [weak self] reason in
            if case .cancelled = reason { task.cancel() }
            if let session { self?.sessions.withLock { $0[session]?.calls[key] = nil } }
        }
        return .stream(stream)
    }

    /// The status that goes with an answer that is an error.
    package static func status(of answer: String, isModern: Bool) -> Int {
        guard isModern, let value = try? JSONValue(parsing: answer),
            let number = value["error"]?["code"]?.integerValue,
            let code = JSONRPCError.Code(rawValue: number)
        else { return 200 }
        return JSONRPCError(code, "").status
    }

    private static func document(_ error: JSONRPCError, id: JSONValue?) -> Answer {
        .document(
            status: error.status, text: error.answer(to: id).text(), headers: [:])
    }
}
