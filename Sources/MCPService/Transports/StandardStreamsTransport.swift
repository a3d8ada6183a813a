internal import JSONText
internal import Synchronization

/// MCP over standard input and output: one JSON document a line, nothing else on standard output,
/// the end with the end of the input.
package final class StandardStreamsTransport: Sendable {
    private struct State {
        /// The generation that `initialize` chose for this process.
        var legacyVersion: String?
        var calls: [String: Task<Void, Never>] = [:]
    }

    private let server: MCPServer
    private let caller: MCPServer.Caller
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter write: writes one line, whole.
    package init(
        server: MCPServer, caller: MCPServer.Caller, write: @escaping @Sendable (String) -> Void
    ) {
        self.server = server
        self.caller = caller
        self.write = write
    }

    /// One line of the input. Requests are answered as they are done, in any order.
    package func receive(_ line: [UInt8]) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            send(JSONRPCError(.parse, "\(error)").answer(to: nil))
            return
        }
        if case .array(let items) = value {
            // Batches were part of 2025-03-26 alone.
            if state.withLock({ $0.legacyVersion }) == "2025-03-26", !items.isEmpty {
                for item in items { receive(message: item) }
            } else {
                send(JSONRPCError(.invalidRequest, "batches are not taken").answer(to: nil))
            }
            return
        }
        receive(message: value)
    }

    private func receive(message value: JSONValue) {
        // An answer to a request that we never sent.
        if value["method"] == nil, value["result"] != nil || value["error"] != nil { return }
        let message: JSONRPCMessage
        do {
            message = try JSONRPCMessage(value)
        } catch {
            send(error.answer(to: value["id"]))
            return
        }
        guard let id = message.id else {
            notified(message)
            return
        }
        let key = id.text()
        let task = Task { [self] in
            let answer = await answer(to: message, id: id)
            state.withLock { $0.calls[key] = nil }
            if let answer { send(answer) }
        }
        // It may be over already: then it is removed by the one who waits for all.
        state.withLock { $0.calls[key] = task }
    }

    private func notified(_ message: JSONRPCMessage) {
        guard message.method == "notifications/cancelled",
            let id = message.params["requestId"]
        else { return }
        state.withLock { $0.calls[id.text()] }?.cancel()
    }

    private func answer(to message: JSONRPCMessage, id: JSONValue) async -> JSONValue? {
        do {
            if message.method == "initialize" {
                let (version, result) = MCPServer.initialization(message.params)
                state.withLock { $0.legacyVersion = version }
                return ["jsonrpc": "2.0", "id": id, "result": result]
            }
            let result = try await server.result(
                of: message, era: try era(of: message), caller: caller,
                notify: { [self] in send($0) })
            return ["jsonrpc": "2.0", "id": id, "result": result]
        } catch let error as JSONRPCError {
            return error.answer(to: id)
        } catch is CancellationError {
            // Whoever cancelled a request waits for no answer.
            return nil
        } catch {
            return JSONRPCError(.internalError, "\(error)").answer(to: id)
        }
    }

    private func era(of message: JSONRPCMessage) throws(JSONRPCError) -> ProtocolEra {
        if ModernEnvelope.isPresent(in: message.params) || message.method == "server/discover" {
            let envelope = try ModernEnvelope(params: message.params)
            try envelope.requireSupportedVersion()
            return .modern(envelope)
        }
        guard let version = state.withLock({ $0.legacyVersion }) else {
            if message.method == "ping" { return .legacy(version: ProtocolEra.legacyVersions[0]) }
            throw JSONRPCError(
                .invalidParams,
                "neither initialized nor with params._meta of 2026-07-28: call server/discover, "
                    + "or initialize")
        }
        return .legacy(version: version)
    }

    private func send(_ message: JSONValue) { write(message.text()) }

    /// The input has ended: whatever is under way ends too.
    package func finish() async {
        let calls = state.withLock { Array($0.calls.values) }
        for call in calls { call.cancel() }
        for call in calls { await call.value }
    }
}
