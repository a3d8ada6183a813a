internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import RunModel
internal import RunStore

/// Sessions: worktrees from a repository that outlive a run.
enum SessionOperations: APIGroup {
    private static let id = APIOperation.Parameter.path("id", "The session's id.")
    private static let path = APIOperation.Parameter.query(
        "path", "The file, relative to the root.",
        ["type": "string", "minLength": 1, "maxLength": 4096])

    static let operations: [APIOperation] = [
        APIOperation(
            method: .post, path: "/v1/sessions", id: "create_session",
            summary: "Open a session on a revision.", scope: .run, isIdempotentCreate: true,
            body: APISchemas.object(
                [("repository", APISchemas.name), ("revision", APISchemas.revision)],
                required: ["repository"]),
            successes: [.json(201, "The session.", APISchemas.reference("Session"))],
            errors: [409, 415]
        ) { call in
            let name = call.body["repository"]?.stringValue ?? ""
            let revision = call.body["revision"]?.stringValue ?? "HEAD"
            do {
                _ = try await call.state.work.repositories.path(
                    ofRepository: name, tenant: call.tenant)
            } catch {
                throw ServiceError.notFound("repository \(name)")
            }
            do {
                let record = try await call.state.work.sessions.open(
                    repository: name, revision: revision, tenant: call.tenant)
                return JSONBody.response(
                    try await json(record, call.state), status: .created,
                    headers: [.location: "/v1/sessions/\(record.id)"])
            } catch let error as RunStoreError {
                throw error
            } catch let error as QuotaExceeded {
                throw error
            } catch {
                throw ServiceError.notFound("revision \(revision.debugDescription) of \(name)")
            }
        },
        APIOperation(
            method: .get, path: "/v1/sessions", id: "list_sessions", summary: "Open sessions.",
            scope: .read,
            successes: [.json(200, "All of them.", APISchemas.page(of: "Session"))]
        ) { call in
            let sessions = try await call.state.store.sessions(tenant: call.tenant)
            return JSONBody.response([
                "items": .array(try await json(sessions, call.state)), "next": .null,
            ])
        },
        APIOperation(
            method: .get, path: "/v1/sessions/{id}", id: "get_session", summary: "One session.",
            scope: .read, parameters: [id],
            successes: [.json(200, "The session.", APISchemas.reference("Session"))]
        ) { call in
            JSONBody.response(try await json(find(call), call.state))
        },
        APIOperation(
            method: .delete, path: "/v1/sessions/{id}", id: "delete_session",
            summary: "Close a session, with everything that was changed in it.", scope: .run,
            parameters: [id], successes: [.empty("It is gone.")]
        ) { call in
            try await call.state.work.sessions.close(find(call).id)
            return Response(status: .noContent)
        },
        APIOperation(
            method: .get, path: "/v1/sessions/{id}/diff", id: "get_session_diff",
            summary: "What the session changed, as a git patch.", scope: .read, parameters: [id],
            successes: [.text("text/x-diff", "The patch.")]
        ) { call in
            let changes = try await call.state.work.workbench.changes(of: find(call).id)
            return Response(
                status: .ok, headers: [.contentType: "text/x-diff; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: changes.patch)))
        },
        APIOperation(
            method: .post, path: "/v1/sessions/{id}/snapshots", id: "create_snapshot",
            summary: "Keep what the session holds now.", scope: .run, isIdempotentCreate: true,
            parameters: [id],
            successes: [
                .json(
                    201, "Its number.",
                    APISchemas.object([("snapshot", ["type": "integer"])], required: ["snapshot"]))
            ], errors: [409]
        ) { call in
            let session = try await find(call).id
            try await call.state.work.jobs.kept.check(call.tenant)
            do {
                return JSONBody.response(
                    ["snapshot": JSONValue(try await call.state.work.workbench.snapshot(session))],
                    status: .created)
            } catch {
                throw ServiceError.conflict("\(error)")
            }
        },
        APIOperation(
            method: .post, path: "/v1/sessions/{id}/rollback", id: "roll_back_session",
            summary: "Drop what changed since a snapshot.", scope: .run, parameters: [id],
            body: APISchemas.object(
                [("snapshot", ["type": "integer", "minimum": 0, "maximum": 10_000])],
                required: ["snapshot"]),
            successes: [.json(200, "The session.", APISchemas.reference("Session"))],
            errors: [409, 415]
        ) { call in
            let record = try await find(call)
            do {
                try await call.state.work.workbench.rollBack(
                    record.id, to: call.body["snapshot"]?.integerValue ?? 0)
            } catch {
                throw ServiceError.conflict("the session has no such snapshot")
            }
            return JSONBody.response(try await json(record, call.state))
        },
        APIOperation(
            method: .post, path: "/v1/sessions/{id}/forks", id: "fork_session",
            summary: "Make sessions that hold what this one holds now.", scope: .run,
            isIdempotentCreate: true, parameters: [id],
            body: APISchemas.object([("count", ["type": "integer", "minimum": 1, "maximum": 100])]),
            successes: [.json(201, "The forks.", APISchemas.page(of: "Session"))],
            errors: [409, 415]
        ) { call in
            let session = try await find(call).id
            let forks = try await call.state.work.sessions.makeForks(
                of: session, count: call.body["count"]?.integerValue ?? 1)
            return JSONBody.response(
                [
                    "items": .array(try await json(forks, call.state)), "next": .null,
                ], status: .created)
        },
        APIOperation(
            method: .get, path: "/v1/sessions/{id}/files", id: "read_session_file",
            summary: "Read a file of a session.", scope: .read, parameters: [id, path],
            successes: [.text("application/octet-stream", "Its content.")], errors: [409]
        ) { call in
            let session = try await find(call).id
            do {
                let content = try await call.state.work.workbench.read(try name(call), in: session)
                return Response(
                    status: .ok, headers: [.contentType: "application/octet-stream"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
            } catch let error as SessionFileError {
                throw ServiceError(.notFound, code: "not_found", message: error.description)
            }
        },
        APIOperation(
            method: .put, path: "/v1/sessions/{id}/files", id: "write_session_file",
            summary: "Write a file of a session whole.", scope: .run, parameters: [id, path],
            takesBytes: true, successes: [.empty("It is written.")], errors: [409]
        ) { call in
            let session = try await find(call).id
            try await call.state.work.jobs.kept.check(call.tenant)
            do {
                try await call.state.work.workbench.write(
                    call.bytes, to: try name(call), in: session)
            } catch let error as SessionFileError {
                throw ServiceError.conflict(error.description)
            }
            return Response(status: .noContent)
        },
    ]

    private static func name(_ call: APICall) throws -> String {
        guard let path = call.query["path"], !path.utf8.contains(0) else {
            throw ServiceError.badRequest("path is missing")
        }
        return path
    }

    private static func find(_ call: APICall) async throws -> ServiceSessionRecord {
        let id = try call.parameter("id")
        guard let session = try await call.state.store.session(id, tenant: call.tenant) else {
            throw ServiceError.notFound("session \(id)")
        }
        return session
    }

    private static func json(
        _ sessions: [ServiceSessionRecord], _ state: ServiceState
    ) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        for session in sessions { items.append(try await json(session, state)) }
        return items
    }

    private static func json(
        _ session: ServiceSessionRecord, _ state: ServiceState
    ) async throws -> JSONValue {
        let count = (try? await state.work.workbench.snapshotCount(of: session.id)) ?? 0
        return [
            "id": .string(session.id), "repository": .string(session.repository),
            "revision": .string(session.revision), "base": .string(session.base),
            "created_at": .string(session.createdAt),
            "snapshots": JSONValue(count),
        ]
    }
}
