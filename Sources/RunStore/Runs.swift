internal import GRDB

/// One sandboxed run, verification or other piece of work that `drydock runs` can show.
package struct RunRecord: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable { case running, ended }

    package var id: String
    /// `run`, `verify`, `triage`, `repro`.
    package var kind: String
    package var title: String
    package var state: State
    package var process: Int32?
    /// As `IncidentHolder.processStart`: a reused number is another process.
    package var processStart: UInt64?
    package var startedAt: String
    package var endedAt: String?
    /// The JSON document that it ended with.
    package var document: String?

    package init(
        id: String, kind: String, title: String, state: State = .running, process: Int32?,
        processStart: UInt64?, startedAt: String
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.state = state
        self.process = process
        self.processStart = processStart
        self.startedAt = startedAt
    }
}

extension Store {
    package func begin(run: RunRecord) async throws(RunStoreError) {
        try await write("recording a run", run.id) { database in
            try database.execute(
                sql: """
                    INSERT INTO runs(id, kind, title, state, process, process_start, started_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.id, run.kind, run.title, run.state.rawValue, run.process,
                    run.processStart.map { Int64(bitPattern: $0) }, run.startedAt,
                ])
        }
    }

    /// - Parameter document: `nil` where it came to nothing.
    package func end(
        run id: String, document: String?, time: String
    ) async throws(RunStoreError) {
        try await write("ending a run", id) { database in
            try database.execute(
                sql: "UPDATE runs SET state = 'ended', ended_at = ?, document = ? WHERE id = ?",
                arguments: [time, document, id])
        }
    }

    package func runs(limit: Int = 100) async throws(RunStoreError) -> [RunRecord] {
        try await read("listing runs", path) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM runs ORDER BY started_at DESC, id LIMIT ?",
                arguments: [limit]
            ).map(Self.run)
        }
    }

    /// Those whose id begins so.
    package func runs(beginning id: String) async throws(RunStoreError) -> [RunRecord] {
        try await read("reading a run", id) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM runs WHERE substr(id, 1, length(?1)) = ?1",
                arguments: [id]
            ).map(Self.run)
        }
    }

    package func run(_ id: String) async throws(RunStoreError) -> RunRecord? {
        try await read("reading a run", id) { database in
            try Row.fetchOne(database, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id])
                .map(Self.run)
        }
    }

    private static func run(_ row: Row) throws -> RunRecord {
        var record = RunRecord(
            id: row["id"], kind: row["kind"], title: row["title"],
            state: row["state"] == "ended" ? .ended : .running, process: row["process"],
            processStart: (row["process_start"] as Int64?).map { UInt64(bitPattern: $0) },
            startedAt: row["started_at"])
        record.endedAt = row["ended_at"]
        record.document = row["document"]
        return record
    }
}
