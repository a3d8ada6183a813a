internal import GRDB

/// A piece of work that somebody asked the service for.
package struct JobRecord: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable, CaseIterable {
        case queued, running
        /// Done, with a document that says what came of it.
        case ended
        /// Not done, with an error that says why.
        case failed
        case cancelled

        package var isFinal: Bool { self != .queued && self != .running }
    }

    package var id: String
    package var tenant: String
    /// `run`, `test`, `gate`, `verify`, `triage`, `heal`, `submit`.
    package var kind: String
    package var state: State
    package var title: String
    /// What was asked for, as JSON.
    package var request: String
    package var idempotencyKey: String?
    /// Of the request: the same key with another request is a conflict.
    package var requestDigest: String
    /// RFC 3339, UTC, as the other times.
    package var createdAt: String
    package var startedAt: String?
    package var endedAt: String?
    /// JSON.
    package var document: String?
    package var error: String?
    /// How often it was begun: more than once after a crash.
    package var attempts: Int

    package init(
        id: String, tenant: String, kind: String, title: String, request: String,
        idempotencyKey: String?, requestDigest: String, createdAt: String
    ) {
        self.id = id
        self.tenant = tenant
        self.kind = kind
        state = .queued
        self.title = title
        self.request = request
        self.idempotencyKey = idempotencyKey
        self.requestDigest = requestDigest
        self.createdAt = createdAt
        attempts = 0
    }
}

extension Store {
    /// Keeps a job. With an idempotency key that is known, nothing is kept and the known job is
    /// returned.
    ///
    /// - Throws: `conflict` when the key is known with another request.
    package func insert(job: JobRecord) async throws(RunStoreError) -> (job: JobRecord, isNew: Bool)
    {
        try await write("keeping a job", job.id) { database in
            if let known = try Self.known(job, in: database) { return (known, false) }
            try database.execute(
                sql: """
                    INSERT INTO jobs(id, tenant, kind, state, title, request, idempotency_key,
                        request_digest, created_at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
                    """,
                arguments: [
                    job.id, job.tenant, job.kind, job.state.rawValue, job.title, job.request,
                    job.idempotencyKey, job.requestDigest, job.createdAt,
                ])
            return (job, true)
        }
    }

    /// The job that was kept under a new one's idempotency key.
    ///
    /// - Throws: `conflict` when the key is known with another request.
    package func known(job: JobRecord) async throws(RunStoreError) -> JobRecord? {
        try await read("finding a job", job.id) { try Self.known(job, in: $0) }
    }

    private static func known(_ job: JobRecord, in database: Database) throws -> JobRecord? {
        guard let key = job.idempotencyKey,
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM jobs WHERE tenant = ? AND idempotency_key = ?",
                arguments: [job.tenant, key])
        else { return nil }
        let known = try Self.job(row)
        guard known.requestDigest == job.requestDigest, known.kind == job.kind else {
            throw RunStoreError(
                .conflict, operation: "keeping a job", subject: key,
                reason: "this idempotency key was used for another request",
                remedy: "Use a new key for a new request")
        }
        return known
    }

    package func begin(job id: String, time: String) async throws(RunStoreError) {
        try await write("beginning a job", id) { database in
            try database.execute(
                sql: """
                    UPDATE jobs SET state = 'running', started_at = ?, attempts = attempts + 1
                    WHERE id = ? AND state IN ('queued', 'running')
                    """, arguments: [time, id])
        }
    }

    /// Records the end and its last event in one transaction: neither is ever seen alone.
    ///
    /// - Returns: whether it was this call that ended it.
    @discardableResult
    package func end(
        job id: String, state: JobRecord.State, document: String?, error: String?,
        event: JobEvent
    ) async throws(RunStoreError) -> Bool {
        try await write("ending a job", id) { database in
            try database.execute(
                sql: """
                    UPDATE jobs SET state = ?, ended_at = ?, document = ?, error = ?
                    WHERE id = ? AND state IN ('queued', 'running')
                    """, arguments: [state.rawValue, event.time, document, error, id])
            guard database.changesCount == 1 else { return false }
            try Self.insert(event, into: database)
            return true
        }
    }

    /// - Parameter tenant: a job of another tenant is not there.
    package func job(
        _ id: String, tenant: String?
    ) async throws(RunStoreError) -> JobRecord? {
        try await read("reading a job", id) { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM jobs WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)",
                arguments: [id, tenant]
            ).map(Self.job)
        }
    }

    /// The latest first.
    ///
    /// - Parameter before: only jobs that were created before this one.
    package func jobs(
        tenant: String?, kind: String? = nil, states: [JobRecord.State] = [], limit: Int = 100,
        before: String? = nil
    ) async throws(RunStoreError) -> [JobRecord] {
        try await read("listing jobs", path) { database in
            let names = states.map(\.rawValue).joined(separator: " ")
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM jobs
                    WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR kind = ?2)
                      AND (?3 = '' OR instr(' ' || ?3 || ' ', ' ' || state || ' ') > 0)
                      AND (?4 IS NULL OR rowid < (SELECT rowid FROM jobs WHERE id = ?4))
                    ORDER BY rowid DESC LIMIT ?5
                    """, arguments: [tenant, kind, names, before, limit]
            ).map(Self.job)
        }
    }

    /// Takes a job back that never waited.
    package func remove(queued id: String) async throws(RunStoreError) {
        try await write("taking a job back", id) { database in
            try database.execute(
                sql: "DELETE FROM jobs WHERE id = ? AND state = 'queued'", arguments: [id])
        }
    }

    /// Removes a job that is over, with its events.
    package func remove(job id: String) async throws(RunStoreError) {
        try await write("removing a job", id) { database in
            try database.execute(
                sql: "DELETE FROM job_events WHERE job = ?", arguments: [id])
            try database.execute(
                sql: "DELETE FROM jobs WHERE id = ? AND state NOT IN ('queued', 'running')",
                arguments: [id])
        }
    }

    private static func job(_ row: Row) throws -> JobRecord {
        var job = JobRecord(
            id: row["id"], tenant: row["tenant"], kind: row["kind"], title: row["title"],
            request: row["request"], idempotencyKey: row["idempotency_key"],
            requestDigest: row["request_digest"], createdAt: row["created_at"])
        job.state = JobRecord.State(rawValue: row["state"]) ?? .failed
        job.startedAt = row["started_at"]
        job.endedAt = row["ended_at"]
        job.document = row["document"]
        job.error = row["error"]
        job.attempts = row["attempts"]
        return job
    }
}
