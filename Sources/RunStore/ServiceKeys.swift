internal import GRDB

/// A key to the service, as it is kept: the secret itself is nowhere, only its digest.
package struct ServiceKeyRecord: Codable, Sendable, Equatable {
    package var id: String
    package var tenant: String
    package var name: String
    /// What its bearer may do; sorted.
    package var scopes: [String]
    /// SHA-256 of the secret, in hexadecimal. The secret is 192 random bits: nothing to guess.
    package var secretDigest: String
    /// RFC 3339, UTC, as the other times.
    package var createdAt: String
    package var expiresAt: String?
    package var revokedAt: String?

    package init(
        id: String, tenant: String, name: String, scopes: [String], secretDigest: String,
        createdAt: String, expiresAt: String? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.scopes = scopes.sorted()
        self.secretDigest = secretDigest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

extension Store {
    /// Keeps a new key, and makes its tenant when there is none.
    package func insert(key: ServiceKeyRecord) async throws(RunStoreError) {
        try await write("keeping a key", key.id) { database in
            try Self.insert(key: key, into: database)
        }
    }

    private static func insert(key: ServiceKeyRecord, into database: Database) throws {
        try ensure(tenant: key.tenant, time: key.createdAt, in: database)
        try database.execute(
            sql: """
                INSERT INTO service_keys(
                    id, tenant, name, scopes, secret_digest, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.id, key.tenant, key.name, key.scopes.joined(separator: " "), key.secretDigest,
                key.createdAt, key.expiresAt,
            ])
    }

    /// Keeps `successor` and lets the key that it replaces expire at `expiresAt`, both or neither.
    package func rotate(
        key id: String, to successor: ServiceKeyRecord, expiresAt: String
    ) async throws(RunStoreError) {
        try await write("rotating a key", id) { database in
            try Self.insert(key: successor, into: database)
            try database.execute(
                sql: "UPDATE service_keys SET expires_at = ? WHERE id = ? AND revoked_at IS NULL",
                arguments: [expiresAt, id])
            guard database.changesCount == 1 else {
                throw Self.unknownKey(id, operation: "rotating a key")
            }
        }
    }

    /// From now on the key opens nothing. Revoking it again is no error.
    package func revoke(key id: String, time: String) async throws(RunStoreError) {
        try await write("revoking a key", id) { database in
            try database.execute(
                sql: "UPDATE service_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                arguments: [time, id])
            guard database.changesCount == 1 else {
                throw Self.unknownKey(id, operation: "revoking a key")
            }
        }
    }

    package func serviceKeys() async throws(RunStoreError) -> [ServiceKeyRecord] {
        try await read("listing keys", path) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM service_keys ORDER BY created_at, id"
            ).map(Self.serviceKey)
        }
    }

    package func serviceKey(_ id: String) async throws(RunStoreError) -> ServiceKeyRecord? {
        try await read("reading a key", id) { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM service_keys WHERE id = ?", arguments: [id]
            ).map(Self.serviceKey)
        }
    }

    private static func unknownKey(_ id: String, operation: String) -> RunStoreError {
        RunStoreError(
            .notFound, operation: operation, subject: id,
            reason: "there is no such key in force", remedy: "`drydock keys list` shows them")
    }

    private static func serviceKey(_ row: Row) -> ServiceKeyRecord {
        let scopes: String = row["scopes"]
        var record = ServiceKeyRecord(
            id: row["id"], tenant: row["tenant"], name: row["name"],
            scopes: scopes.split(separator: " ").map(String.init),
            secretDigest: row["secret_digest"], createdAt: row["created_at"],
            expiresAt: row["expires_at"])
        record.revokedAt = row["revoked_at"]
        return record
    }
}
