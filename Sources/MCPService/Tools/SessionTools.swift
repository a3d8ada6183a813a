internal import JSONText
internal import Orchestration
internal import RunStore

enum SessionOpenTool: Tool {
    static let name = "session_open"
    static let title = "Open a session"
    static let description =
        "Opens a copy-on-write worktree of a repository's revision, in which you can run, read and edit. The repository itself is never touched."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            (
                "repository",
                Schema.string("A path inside the repository, or its name on the service.")
            ),
            ("revision", Schema.string("A branch, tag or commit (HEAD).")),
        ], required: ["repository"])
    static let outputSchema = Schema.document([
        ("session", Schema.text), ("base", Schema.text), ("revision", Schema.text),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let server = context.server
        let record = try await server.sessions.open(
            repository: try context.arguments.requiredString("repository"),
            revision: context.arguments.string("revision") ?? "HEAD",
            tenant: context.caller.tenant)
        return .complete([
            "session": .string(record.id), "base": .string(record.base),
            "revision": .string(record.revision),
        ])
    }
}

enum SessionListTool: Tool {
    static let name = "session_list"
    static let title = "List sessions"
    static let description = "Lists your open sessions, the latest first."
    static let isReadOnly = true
    static let inputSchema = Schema.object([])
    static let outputSchema = Schema.document([
        ("sessions", ["type": "array", "items": ["type": "object"]])
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let sessions = try await context.server.store.sessions(tenant: context.caller.tenant)
        return .complete([
            "sessions": .array(
                sessions.map { session in
                    [
                        "session": .string(session.id), "repository": .string(session.repository),
                        "revision": .string(session.revision), "base": .string(session.base),
                        "created_at": .string(session.createdAt),
                    ]
                })
        ])
    }
}

enum SessionCloseTool: Tool {
    static let name = "session_close"
    static let title = "Close a session"
    static let description = "Removes a session and everything that was changed in it."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [("session", Schema.session)], required: ["session"])
    static let outputSchema = Schema.document([("closed", ["type": "boolean"])])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        try await context.server.sessions.close(session)
        return .complete(["closed": true])
    }
}

enum SessionSnapshotTool: Tool {
    static let name = "session_snapshot"
    static let title = "Take a snapshot"
    static let description =
        "Remembers what the session holds now, for session_rollback. Costs next to nothing."
    static let isReadOnly = false
    static let inputSchema = Schema.object([("session", Schema.session)], required: ["session"])
    static let outputSchema = Schema.document([("snapshot", ["type": "integer"])])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.growingSession()
        return .complete([
            "snapshot": JSONValue(try await context.server.workbench.snapshot(session))
        ])
    }
}

enum SessionRollBackTool: Tool {
    static let name = "session_rollback"
    static let title = "Roll back"
    static let description = "Drops everything that changed since a snapshot."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session),
            ("snapshot", Schema.integer("Its number, from session_snapshot.", 0, 10_000)),
        ], required: ["session", "snapshot"])
    static let outputSchema = Schema.document([("snapshot", ["type": "integer"])])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        let snapshot = context.arguments.integer("snapshot") ?? 0
        try await context.server.workbench.rollBack(session, to: snapshot)
        return .complete(["snapshot": JSONValue(snapshot)])
    }
}

enum SessionForkTool: Tool {
    static let name = "session_fork"
    static let title = "Fork a session"
    static let description =
        "Makes sessions that hold what this one holds now, each independent of the others."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [("session", Schema.session), ("count", Schema.integer("How many (1).", 1, 100))],
        required: ["session"])
    static let outputSchema = Schema.document([("sessions", Schema.texts)])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        let forks = try await context.server.sessions.makeForks(
            of: session, count: context.arguments.integer("count") ?? 1)
        return .complete(["sessions": .array(forks.map { .string($0.id) })])
    }
}
