internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// Logs and diffs by URI: `drydock://sessions/ID/diff`, `drydock://jobs/ID/log`,
/// `drydock://jobs/ID/document`, `drydock://jobs/ID/diff`.
struct Resources {
    private let server: MCPServer
    private let caller: MCPServer.Caller

    init(_ server: MCPServer, _ caller: MCPServer.Caller) {
        self.server = server
        self.caller = caller
    }

    static let templates: JSONValue = [
        [
            "uriTemplate": "drydock://sessions/{id}/diff", "name": "session-diff",
            "description": "What a session changed, as a git patch.", "mimeType": "text/x-diff",
        ],
        [
            "uriTemplate": "drydock://jobs/{id}/log", "name": "job-log",
            "description": "What a job wrote, in order.", "mimeType": "text/plain",
        ],
        [
            "uriTemplate": "drydock://jobs/{id}/document", "name": "job-document",
            "description": "What came of a job.", "mimeType": "application/json",
        ],
        [
            "uriTemplate": "drydock://jobs/{id}/diff", "name": "job-diff",
            "description": "What a run outside of a session changed.", "mimeType": "text/x-diff",
        ],
    ]

    func list() async throws -> [JSONValue] {
        var list: [JSONValue] = try await server.store.sessions(tenant: caller.tenant).prefix(50)
            .map { session in
                [
                    "uri": .string("drydock://sessions/\(session.id)/diff"),
                    "name": .string("diff of session \(session.id)"), "mimeType": "text/x-diff",
                ]
            }
        list += try await server.store.jobs(tenant: caller.tenant, limit: 50).map { job in
            [
                "uri": .string("drydock://jobs/\(job.id)/log"),
                "name": .string("log of \(job.title)"), "mimeType": "text/plain",
            ]
        }
        return list
    }

    func read(_ uri: String) async throws -> JSONValue {
        let unknown = JSONRPCError(.invalidParams, "there is no resource \(uri)")
        guard uri.hasPrefix("drydock://") else { throw unknown }
        let parts = uri.dropFirst("drydock://".count).split(separator: "/").map(String.init)
        guard parts.count == 3 else { throw unknown }
        let (type, text): (String, String)
        switch (parts[0], parts[2]) {
        case ("sessions", "diff"):
            guard try await server.store.session(parts[1], tenant: caller.tenant) != nil else {
                throw unknown
            }
            let changes = try await server.workbench.changes(of: parts[1])
            (type, text) = ("text/x-diff", String(decoding: changes.patch, as: UTF8.self))
        case ("jobs", let what):
            guard let job = try await server.store.job(parts[1], tenant: caller.tenant) else {
                throw unknown
            }
            switch what {
            case "log": (type, text) = ("text/plain", try await JobLog.read(job, server.store).text)
            case "document" where job.document != nil:
                (type, text) = ("application/json", job.document ?? "")
            case "diff":
                guard
                    let bytes = try Artifacts(state: server.state).read("patch.diff", job: job.id)
                else { throw unknown }
                (type, text) = ("text/x-diff", String(decoding: bytes, as: UTF8.self))
            default: throw unknown
            }
        default: throw unknown
        }
        return ["uri": .string(uri), "mimeType": .string(type), "text": .string(text)]
    }
}
