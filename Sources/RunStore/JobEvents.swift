internal import GRDB

/// One thing that happened to a job, in the one order of the whole service.
package struct JobEvent: Codable, Sendable, Equatable {
    /// Larger than that of everything before it; 0 until it is recorded.
    package var sequence: Int64
    package var job: String
    package var tenant: String
    /// `queued`, `started`, `output`, `progress`, `usage`, and one of `ended`, `failed`, `cancelled` as the
    /// last.
    package var kind: String
    /// RFC 3339, UTC.
    package var time: String
    /// A JSON object.
    package var payload: String

    package init(
        sequence: Int64 = 0, job: String, tenant: String, kind: String, time: String,
        payload: String
    ) {
        self.sequence = sequence
        self.job = job
        self.tenant = tenant
        self.kind = kind
        self.time = time
        self.payload = payload
    }

    package var isLast: Bool { kind == "ended" || kind == "failed" || kind == "cancelled" }
}

extension Store {
    package func append(jobEvents events: [JobEvent]) async throws(RunStoreError) {
        guard let first = events.first else { return }
        try await write("appending events", first.job) { database in
            for event in events { try Self.insert(event, into: database) }
        }
    }

    static func insert(_ event: JobEvent, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO job_events(job, tenant, kind, time, payload) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [event.job, event.tenant, event.kind, event.time, event.payload])
        // With the event or not at all: no end is ever recorded that nobody is told of.
        if event.isLast { try announce(event, in: database) }
    }

    /// What happened after a sequence number, oldest first.
    ///
    /// - Parameters:
    ///   - job: only of this job; `nil`: of all jobs of the tenant.
    ///   - tenant: `nil` is all of them, for the operator's own eyes.
    package func jobEvents(
        job: String?, tenant: String?, after sequence: Int64, limit: Int = 256
    ) async throws(RunStoreError) -> [JobEvent] {
        try await read("reading events", job ?? path) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM job_events
                    WHERE sequence > ?1 AND (?2 IS NULL OR job = ?2) AND (?3 IS NULL OR tenant = ?3)
                    ORDER BY sequence LIMIT ?4
                    """, arguments: [sequence, job, tenant, limit]
            ).map { row in
                JobEvent(
                    sequence: row["sequence"], job: row["job"], tenant: row["tenant"],
                    kind: row["kind"], time: row["time"], payload: row["payload"])
            }
        }
    }

    /// The number of the latest event.
    package func latestJobSequence() async throws(RunStoreError) -> Int64 {
        try await read("reading events", path) { database in
            try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM job_events") ?? 0
        }
    }
}
