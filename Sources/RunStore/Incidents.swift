internal import GRDB

/// One regression being handled.
package struct IncidentRecord: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable, CaseIterable {
        case open
        case awaitingApproval = "awaiting_approval"
        case pullRequest = "pull_request"
        case escalated, skipped, closed
    }

    package var id: String
    package var repository: String
    /// The failure's signature: equal for what is the same regression.
    package var signature: String
    package var branch: String
    package var title: String
    package var status: Status
    /// RFC 3339, UTC.
    package var openedAt: String
    package var updatedAt: String

    package init(
        id: String, repository: String, signature: String, branch: String, title: String,
        status: Status = .open, openedAt: String, updatedAt: String
    ) {
        self.id = id
        self.repository = repository
        self.signature = signature
        self.branch = branch
        self.title = title
        self.status = status
        self.openedAt = openedAt
        self.updatedAt = updatedAt
    }
}

/// The process that works on an incident. A killed one is recognised as such and replaced.
package struct IncidentHolder: Codable, Sendable, Equatable {
    package var host: String
    package var process: Int32
    /// The process's start in clock ticks since boot (proc(5), `stat` field 22): a reused number
    /// is another process.
    package var processStart: UInt64

    package init(host: String, process: Int32, processStart: UInt64) {
        self.host = host
        self.process = process
        self.processStart = processStart
    }
}

extension Store {
    /// Takes the incident with this repository and signature, or opens it.
    ///
    /// - Parameters:
    ///   - isAlive: whether another holder still works.
    /// - Returns: the incident as recorded: `id` is an earlier one's when the failure is known.
    /// - Throws: `conflict` when another living process holds it.
    package func claim(
        _ incident: IncidentRecord, holder: IncidentHolder,
        isAlive: @escaping @Sendable (IncidentHolder) -> Bool
    ) async throws(RunStoreError) -> IncidentRecord {
        try await write("claiming an incident", incident.id) { database in
            try database.execute(
                sql: """
                    INSERT INTO incidents(id, repository, signature, branch, title, status,
                        opened_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    incident.id, incident.repository, incident.signature, incident.branch,
                    incident.title, incident.status.rawValue, incident.openedAt,
                    incident.updatedAt,
                ])
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT * FROM incidents WHERE repository = ? AND signature = ?",
                    arguments: [incident.repository, incident.signature])
            else {
                throw RunStoreError(
                    .conflict, operation: "claiming an incident", subject: incident.id,
                    reason: "its number is taken by another failure")
            }
            let known = try Self.incident(row)
            if let text = row["holder"] as String? {
                let other = try StoredJSON.value(
                    IncidentHolder.self, from: text, operation: "claiming an incident",
                    subject: known.id)
                if other != holder, isAlive(other) {
                    throw RunStoreError(
                        .conflict, operation: "claiming an incident", subject: known.id,
                        reason: "process \(other.process) on \(other.host) works on it",
                        remedy: "Wait for it, or stop it with `drydock runs stop \(known.id)`")
                }
            }
            try database.execute(
                sql: "UPDATE incidents SET holder = ? WHERE id = ?",
                arguments: [try StoredJSON.text(holder), known.id])
            return known
        }
    }

    /// Records where the incident stands, and gives it back.
    package func release(
        incident id: String, status: IncidentRecord.Status, time: String
    ) async throws(RunStoreError) {
        try await write("releasing an incident", id) { database in
            try database.execute(
                sql: "UPDATE incidents SET status = ?, updated_at = ?, holder = NULL WHERE id = ?",
                arguments: [status.rawValue, time, id])
        }
    }

    /// Who works on the incident now, by what was recorded.
    package func holder(ofIncident id: String) async throws(RunStoreError) -> IncidentHolder? {
        try await read("reading an incident's holder", id) { database in
            try String.fetchOne(
                database, sql: "SELECT holder FROM incidents WHERE id = ?", arguments: [id]
            ).map { text in
                try StoredJSON.value(
                    IncidentHolder.self, from: text, operation: "reading an incident's holder",
                    subject: id)
            }
        }
    }

    /// The incident with this id, or the only one whose id begins so.
    package func incident(_ id: String) async throws(RunStoreError) -> IncidentRecord {
        try await read("reading an incident", id) { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM incidents WHERE substr(id, 1, length(?1)) = ?1",
                arguments: [id])
            if let exact = rows.first(where: { $0["id"] == id }) {
                return try Self.incident(exact)
            }
            guard rows.count == 1, let row = rows.first, !id.isEmpty else {
                throw RunStoreError(
                    .notFound, operation: "reading an incident", subject: id,
                    reason: rows.isEmpty ? "no such incident" : "\(rows.count) begin so",
                    remedy: "`drydock runs list` names them all")
            }
            return try Self.incident(row)
        }
    }

    /// All incidents, the latest first.
    package func incidents(limit: Int = 100) async throws(RunStoreError) -> [IncidentRecord] {
        try await read("listing incidents", path) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM incidents ORDER BY updated_at DESC, id LIMIT ?",
                arguments: [limit]
            ).map(Self.incident)
        }
    }

    private static func incident(_ row: Row) throws -> IncidentRecord {
        let text: String = row["status"]
        guard let status = IncidentRecord.Status(rawValue: text) else {
            throw RunStoreError(
                .corrupt, operation: "reading an incident", subject: row["id"],
                reason: "unknown status `\(text)`")
        }
        return IncidentRecord(
            id: row["id"], repository: row["repository"], signature: row["signature"],
            branch: row["branch"], title: row["title"], status: status,
            openedAt: row["opened_at"], updatedAt: row["updated_at"])
    }
}
