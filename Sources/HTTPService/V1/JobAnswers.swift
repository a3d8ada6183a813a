internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// Jobs as the API shows them.
enum JobAnswers {
    static func create(_ kind: JobRequest.Kind, _ call: APICall) async throws -> Response {
        let request = try await request(kind, call)
        let job: JobRecord
        do {
            job = try await call.state.work.jobs.submit(
                request, tenant: call.tenant, idempotencyKey: try idempotencyKey(call)
            ).job
        } catch let full as QueueFull {
            throw ServiceError.tooManyRequests(
                full.description, retryAfterSeconds: full.retryAfterSeconds)
        }
        let shown = try await settled(job, call)
        var headers: HTTPFields = [.location: "/v1/jobs/\(job.id)"]
        headers[.contentType] = "application/json"
        return JSONBody.response(
            await json(shown, call.state), status: shown.state.isFinal ? .ok : .accepted,
            headers: headers)
    }

    private static func request(
        _ kind: JobRequest.Kind, _ call: APICall
    ) async throws -> JobRequest {
        guard case .object(var members) = call.body else {
            throw ServiceError.badRequest("no body")
        }
        members.append(.init("kind", .string(kind.rawValue)))
        let request: JobRequest
        do {
            request = try JSONDecoder().decode(
                JobRequest.self, from: Data(JSONValue.object(members).text().utf8))
        } catch {
            throw ServiceError.badRequest("the body is not understood")
        }
        if let session = request.session {
            guard try await call.state.store.session(session, tenant: call.tenant) != nil else {
                throw ServiceError.notFound("session \(session)")
            }
        }
        if let name = request.repository {
            do {
                _ = try await call.state.work.repositories.path(
                    ofRepository: name, tenant: call.tenant)
            } catch {
                throw ServiceError.notFound("repository \(name)")
            }
        }
        do { try JobPlan.check(request) } catch { throw ServiceError.badRequest("\(error)") }
        return request
    }

    static func idempotencyKey(_ call: APICall) throws -> String? {
        guard let name = HTTPField.Name("idempotency-key"), let key = call.request.headers[name]
        else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw ServiceError.badRequest("Idempotency-Key takes 1 to 255 characters")
        }
        return key
    }

    /// The job as it is, or as it is in the end when the caller has the patience.
    static func settled(_ job: JobRecord, _ call: APICall) async throws -> JobRecord {
        let wait = call.integer("wait_ms") ?? 0
        guard wait > 0, !job.state.isFinal else { return job }
        let jobs = call.state.work.jobs
        _ = try await call.context.whileClientWaits {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    _ = try await jobs.wait(for: job.id)
                    return true
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(wait))
                    return false
                }
                defer { group.cancelAll() }
                return try await group.next() ?? false
            }
        }
        return try await call.state.store.job(job.id, tenant: call.tenant) ?? job
    }

    static func list(kind: String?, _ call: APICall) async throws -> Response {
        let limit = call.integer("limit") ?? 50
        var states: [JobRecord.State] = []
        if let state = call.query["state"].flatMap(JobRecord.State.init) { states = [state] }
        let jobs = try await call.state.store.jobs(
            tenant: call.tenant, kind: kind, states: states, limit: limit,
            before: call.query["before"])
        var items: [JSONValue] = []
        for job in jobs {
            var shown = await json(job, call.state)
            // A list without what may be megabytes each.
            if case .object(let members) = shown {
                shown = .object(members.filter { $0.name != "document" })
            }
            items.append(shown)
        }
        return JSONBody.response([
            "items": .array(items),
            "next": jobs.count == limit ? .string(jobs.last?.id ?? "") : .null,
        ])
    }

    static func find(_ call: APICall) async throws -> JobRecord {
        let id = try call.parameter("id")
        guard let job = try await call.state.store.job(id, tenant: call.tenant) else {
            throw ServiceError.notFound("job \(id)")
        }
        return job
    }

    static func json(_ job: JobRecord, _ state: ServiceState) async -> JSONValue {
        let place =
            job.state == .queued ? await state.work.jobs.place(of: job.id) : nil
        return [
            "id": .string(job.id), "kind": .string(job.kind), "state": .string(job.state.rawValue),
            "title": .string(job.title), "created_at": .string(job.createdAt),
            "started_at": optional(job.startedAt), "ended_at": optional(job.endedAt),
            "attempts": JSONValue(job.attempts),
            "position": place.map { JSONValue($0.position) } ?? .null,
            "expected_wait_ms": place.map { JSONValue($0.expectedWaitMilliseconds) } ?? .null,
            "error": optional(job.error),
            "document": job.document.flatMap { try? JSONValue(parsing: $0) } ?? .null,
        ]
    }

    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
