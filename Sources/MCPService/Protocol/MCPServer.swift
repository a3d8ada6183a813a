internal import Foundation
internal import JSONText
package import Orchestration
internal import RunModel
package import RunStore

/// Answers MCP requests of both generations; where they come from is the transport's business.
package final class MCPServer: Sendable {
    /// Whose requests they are, and what they may do.
    package struct Caller: Sendable {
        package var tenant: String
        /// Whether tools that run or change something may be called.
        package var mayRun: Bool

        package init(tenant: String, mayRun: Bool = true) {
            self.tenant = tenant
            self.mayRun = mayRun
        }
    }

    let jobs: JobCenter
    let workbench: any SessionWork
    let store: Store
    let state: StateDirectory
    let repositories: any RepositoryDirectory
    let requestStates: RequestStates

    /// - Parameter secret: signs what travels through the client and back.
    package init(
        jobs: JobCenter, workbench: any SessionWork, store: Store, state: StateDirectory,
        repositories: any RepositoryDirectory, secret: [UInt8]
    ) {
        self.jobs = jobs
        self.workbench = workbench
        self.store = store
        self.state = state
        self.repositories = repositories
        requestStates = RequestStates(secret: secret)
    }

    var sessions: SessionRegistry {
        SessionRegistry(workbench: workbench, store: store, kept: jobs.kept)
    }

    static let serverInfo: JSONValue = [
        "name": "drydock", "title": "Drydock", "version": .string(DrydockVersion.text),
    ]

    static let instructions = """
        Drydock runs what you want to run in sandboxes, on copy-on-write worktrees of a git \
        repository. Open a session on a revision, then run, read and edit in it; nothing you do \
        there touches the repository. `diff` shows what you changed, `gate` and `verify` judge it, \
        `submit` lets a verified change out as a draft for a human. Snapshots and forks are cheap.
        """

    private static let capabilities: JSONValue = [
        "tools": ["listChanged": false], "resources": ["listChanged": false, "subscribe": false],
    ]

    /// - Parameter notify: sends a notification that belongs to this request.
    /// - Returns: the result.
    func result(
        of message: JSONRPCMessage, era: ProtocolEra, caller: Caller,
        notify: @escaping @Sendable (JSONValue) -> Void
    ) async throws -> JSONValue {
        let params = message.params
        switch (message.method, era) {
        case ("server/discover", .modern):
            return complete(
                [
                    "supportedVersions": .array(ProtocolEra.allVersions.map { .string($0) }),
                    "capabilities": Self.capabilities, "instructions": .string(Self.instructions),
                ], era: era, cacheMilliseconds: 3_600_000)
        case ("ping", .legacy): return .object([])
        case ("logging/setLevel", .legacy): return .object([])
        case ("tools/list", _):
            return complete(
                ["tools": .array(ToolCatalog.all.map { $0.listing(era: era) })], era: era,
                cacheMilliseconds: 3_600_000)
        case ("tools/call", _):
            return try await call(params, era: era, caller: caller, notify: notify)
        case ("resources/list", _):
            return complete(
                ["resources": .array(try await Resources(self, caller).list())], era: era,
                cacheMilliseconds: 0, scope: "private")
        case ("resources/templates/list", _):
            return complete(
                ["resourceTemplates": Resources.templates], era: era, cacheMilliseconds: 3_600_000)
        case ("resources/read", _):
            guard let uri = params["uri"]?.stringValue else {
                throw JSONRPCError(.invalidParams, "uri is missing")
            }
            return complete(
                ["contents": .array([try await Resources(self, caller).read(uri)])], era: era,
                cacheMilliseconds: 0, scope: "private")
        default:
            throw JSONRPCError(.methodNotFound, "there is no method \(message.method)")
        }
    }

    /// The answer to `initialize`: the client's version if it is known here, else our latest.
    static func initialization(_ params: JSONValue) -> (version: String, result: JSONValue) {
        let asked = params["protocolVersion"]?.stringValue ?? ""
        let version =
            ProtocolEra.legacyVersions.contains(asked) ? asked : ProtocolEra.legacyVersions[0]
        return (
            version,
            [
                "protocolVersion": .string(version), "capabilities": capabilities,
                "serverInfo": serverInfo, "instructions": .string(instructions),
            ]
        )
    }

    /// A result with what its generation wants to have in it.
    func complete(
        _ result: JSONValue, era: ProtocolEra, cacheMilliseconds: Int? = nil,
        scope: String = "public"
    ) -> JSONValue {
        guard era.isModern, case .object(var members) = result else { return result }
        if !members.contains(where: { $0.name == "resultType" }) {
            members.insert(.init("resultType", "complete"), at: 0)
        }
        if let cacheMilliseconds {
            members.append(.init("ttlMs", JSONValue(cacheMilliseconds)))
            members.append(.init("cacheScope", .string(scope)))
        }
        members.append(.init("_meta", ["io.modelcontextprotocol/serverInfo": Self.serverInfo]))
        return .object(members)
    }

    private func call(
        _ params: JSONValue, era: ProtocolEra, caller: Caller,
        notify: @escaping @Sendable (JSONValue) -> Void
    ) async throws -> JSONValue {
        guard let name = params["name"]?.stringValue else {
            throw JSONRPCError(.invalidParams, "name is missing")
        }
        guard let tool = ToolCatalog.all.first(where: { $0.name == name }) else {
            throw JSONRPCError(.invalidParams, "there is no tool \(name)")
        }
        let arguments = params["arguments"] ?? .object([])
        guard case .object = arguments else {
            throw JSONRPCError(.invalidParams, "arguments must be an object")
        }
        let progress = ProgressReporter(token: params["_meta"]?["progressToken"], notify: notify)
        do {
            guard caller.mayRun || tool.isReadOnly else {
                throw ToolError("this key has no scope 'run'")
            }
            let context = ToolContext(
                server: self, caller: caller, era: era,
                arguments: try ToolArguments(arguments, schema: tool.inputSchema),
                progress: progress,
                answer: try requestStates.answer(in: params, tool: name, arguments: arguments))
            switch try await tool.call(context) {
            case .complete(let document, let text):
                return complete(Self.success(document, text: text), era: era)
            case .inputRequired(let request):
                return inputRequired(request, tool: name, arguments: arguments, era: era)
            }
        } catch let error as JSONRPCError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The model reads this and tries something else.
            return complete(
                [
                    "content": [["type": "text", "text": .string("\(error)")]], "isError": true,
                ], era: era)
        }
    }

    private static func success(_ document: JSONValue, text: String?) -> JSONValue {
        [
            "content": [["type": "text", "text": .string(text ?? document.text())]],
            "structuredContent": document, "isError": false,
        ]
    }

    private func inputRequired(
        _ request: InputRequest, tool: String, arguments: JSONValue, era: ProtocolEra
    ) -> JSONValue {
        guard case .modern(let envelope) = era, envelope.capabilities["elicitation"] != nil else {
            // A client that cannot ask its human is told what to do, and calls again.
            return complete(
                Self.success(request.document, text: request.message), era: era)
        }
        return complete(
            [
                "resultType": "input_required",
                "inputRequests": [
                    "approval": [
                        "method": "elicitation/create",
                        "params": [
                            "mode": "form", "message": .string(request.message),
                            "requestedSchema": [
                                "type": "object",
                                "properties": [
                                    "decided": [
                                        "type": "boolean", "title": "It has been decided",
                                        "description":
                                            "Approve or reject it with a key of scope approve first.",
                                    ]
                                ],
                            ],
                        ],
                    ]
                ],
                "requestState": .string(
                    requestStates.sign(tool: tool, arguments: arguments, subject: request.subject)),
            ], era: era)
    }
}
