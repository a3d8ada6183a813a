internal import GRDB

/// Whose a session is.
package struct ServiceSessionRecord: Codable, Sendable, Equatable {
    package var id: String
    package var tenant: String
    /// As its owner named it.
    package var repository: String
    package var revision: String
    /// The tree that it stands on.
    package var base: String
    /// RFC 3339, UTC.
    package var createdAt: String

    package init(
        id: String, tenant: String, repository: String, revision: String, base: String,
        createdAt: String
    ) {
        self.id = id
        self.tenant = tenant
        self.repository = repository
        self.revision = revision
        self.base = base
        self.createdAt = createdAt
    }
}

extension Store {
    package func insert(session: ServiceSessionRecord) async throws(RunStoreError) {
        try await write("keeping a session", session.id) { database in
            try database.execute(
                sql: """
                    INSERT INTO service_sessions(
                        id, tenant, repository, revision, base, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    session.id, session.tenant, session.repository, session.revision, session.base,
                    session.createdAt,
                ])
        }
    }

    package func session(
        _ id: String, tenant: String?
    ) async throws(RunStoreError) -> ServiceSessionRecord? {
        try await read("reading a session", id) { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM service_sessions WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)
                    """, arguments: [id, tenant]
            ).map(Self.session)
        }
    }

    /// The latest first.
    package func sessions(tenant: String?) async throws(RunStoreError) -> [ServiceSessionRecord] {
        try await read("listing sessions", path) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM service_sessions WHERE ?1 IS NULL OR tenant = ?1
                    ORDER BY rowid DESC
                    """, arguments: [tenant]
            ).map(Self.session)
        }
    }

    /// Notes whose an incident is: the tenant whose job opened it.
    package func own(
        incident id: String, tenant: String, job: String
    ) async throws(RunStoreError) {
        try await write("noting an incident", id) { database in
            try database.execute(
                sql: """
                    INSERT INTO incident_owners(incident, tenant, job) VALUES (?, ?, ?)
                    ON CONFLICT(incident, tenant) DO UPDATE SET job = excluded.job
                    """, arguments: [id, tenant, job])
        }
    }

    /// The job of a tenant's that worked on an incident last; `nil` when none did.
    package func job(
        ofIncident id: String, tenant: String
    ) async throws(RunStoreError) -> JobRecord? {
        let job = try await read("looking for an incident's job", id) { database in
            try String.fetchOne(
                database,
                sql: "SELECT job FROM incident_owners WHERE incident = ? AND tenant = ?",
                arguments: [id, tenant])
        }
        guard let job else { return nil }
        return try await self.job(job, tenant: tenant)
    }

    /// The incidents of a tenant, `nil` all: also those that no job opened.
    package func incidentIDs(tenant: String?) async throws(RunStoreError) -> [String] {
        try await read("listing incidents", path) { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM incidents WHERE ?1 IS NULL OR id IN
                        (SELECT incident FROM incident_owners WHERE tenant = ?1)
                    ORDER BY updated_at DESC LIMIT 500
                    """, arguments: [tenant])
        }
    }

    package func remove(session id: String) async throws(RunStoreError) {
        try await write("removing a session", id) { database in
            try database.execute(
                sql: "DELETE FROM service_sessions WHERE id = ?", arguments: [id])
        }
    }

    private static func session(_ row: Row) -> ServiceSessionRecord {
        ServiceSessionRecord(
            id: row["id"], tenant: row["tenant"], repository: row["repository"],
            revision: row["revision"], base: row["base"], createdAt: row["created_at"])
    }
}
