internal import GRDB

/// Whose work it is. Nothing of one tenant's is ever shown to another.
package struct TenantRecord: Codable, Sendable, Equatable {
    package var id: String
    package var quotas: TenantQuotas
    /// RFC 3339, UTC.
    package var createdAt: String

    package init(id: String, quotas: TenantQuotas = TenantQuotas(), createdAt: String) {
        self.id = id
        self.quotas = quotas
        self.createdAt = createdAt
    }
}

/// What one tenant may take at once; `nil` is not limited by the operator.
package struct TenantQuotas: Codable, Sendable, Equatable {
    package var sandboxes: Int?
    package var cpus: Double?
    package var memoryBytes: Int?
    package var diskBytes: Int?
    /// Open at a time.
    package var sessions: Int?
    /// What its sessions and the snapshots of its sandboxes take on disk.
    package var keptBytes: Int?
    /// Requests in any minute.
    package var requestsPerMinute: Int?
    /// What models may cost in a calendar month.
    package var spendUSD: Double?

    package init() {}
}

extension Store {
    /// Makes a tenant unless there is one of that name.
    package func ensure(tenant id: String, time: String) async throws(RunStoreError) {
        try await write("making a tenant", id) { database in
            try Self.ensure(tenant: id, time: time, in: database)
        }
    }

    static func ensure(tenant id: String, time: String, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO tenants(id, quotas, created_at) VALUES (?, ?, ?)
                ON CONFLICT DO NOTHING
                """, arguments: [id, StoredJSON.text(TenantQuotas()), time])
    }

    package func set(
        quotas: TenantQuotas, ofTenant id: String
    ) async throws(RunStoreError) {
        try await write("setting quotas", id) { database in
            try database.execute(
                sql: "UPDATE tenants SET quotas = ? WHERE id = ?",
                arguments: [StoredJSON.text(quotas), id])
            guard database.changesCount == 1 else {
                throw RunStoreError(
                    .notFound, operation: "setting quotas", subject: id,
                    reason: "there is no tenant of this name",
                    remedy: "`drydock keys create --tenant \(id) --name NAME` makes it")
            }
        }
    }

    /// What models have cost a tenant's incidents in a month, open reservations included.
    ///
    /// - Parameter month: such as `2026-11`.
    package func spentUSD(
        tenant: String, month: String
    ) async throws(RunStoreError) -> Double {
        try await read("reading what was spent", tenant) { database in
            try Double.fetchOne(
                database,
                sql: """
                    SELECT TOTAL(COALESCE(used, reserved)) FROM budget
                    WHERE resource = 'cost_usd' AND substr(reserved_at, 1, 7) = ?1 AND incident IN
                        (SELECT incident FROM incident_owners WHERE tenant = ?2)
                    """, arguments: [month, tenant]) ?? 0
        }
    }

    package func tenants() async throws(RunStoreError) -> [TenantRecord] {
        try await read("listing tenants", path) { database in
            try Row.fetchAll(database, sql: "SELECT * FROM tenants ORDER BY id").map(Self.tenant)
        }
    }

    package func tenant(_ id: String) async throws(RunStoreError) -> TenantRecord? {
        try await read("reading a tenant", id) { database in
            try Row.fetchOne(database, sql: "SELECT * FROM tenants WHERE id = ?", arguments: [id])
                .map(Self.tenant)
        }
    }

    static func tenant(_ row: Row) throws -> TenantRecord {
        TenantRecord(
            id: row["id"],
            quotas: try StoredJSON.value(
                TenantQuotas.self, from: row["quotas"], operation: "reading a tenant",
                subject: row["id"]), createdAt: row["created_at"])
    }
}
