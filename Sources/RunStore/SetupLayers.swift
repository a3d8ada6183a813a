internal import GRDB

/// A cached result of a setup command: where it is, who may use it, until when.
package struct SetupLayerRecord: Sendable, Equatable {
    package var key: String
    package var path: String
    /// Layers of one domain are never used in another.
    package var trustDomain: String
    package var bytes: Int64
    package var builtAt: String
    /// `nil` when nothing in it came from the network.
    package var expiresAt: String?

    package init(
        key: String, path: String, trustDomain: String, bytes: Int64, builtAt: String,
        expiresAt: String?
    ) {
        self.key = key
        self.path = path
        self.trustDomain = trustDomain
        self.bytes = bytes
        self.builtAt = builtAt
        self.expiresAt = expiresAt
    }
}

extension Store {
    /// The layer under `key`, when it has not expired at `time`; notes that it was used.
    package func setupLayer(
        key: String, time: String
    ) async throws(RunStoreError) -> SetupLayerRecord? {
        try await write("looking up a setup layer", key) { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT * FROM setup_layers
                        WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)
                        """, arguments: [key, time])
            else { return nil }
            try database.execute(
                sql: "UPDATE setup_layers SET last_used_at = ? WHERE key = ?",
                arguments: [time, key])
            return SetupLayerRecord(
                key: row["key"], path: row["path"], trustDomain: row["trust_domain"],
                bytes: row["bytes"], builtAt: row["built_at"], expiresAt: row["expires_at"])
        }
    }

    package func record(setupLayer layer: SetupLayerRecord) async throws(RunStoreError) {
        try await write("recording a setup layer", layer.key) { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO setup_layers VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    layer.key, layer.path, layer.trustDomain, layer.bytes, layer.builtAt,
                    layer.expiresAt, layer.builtAt,
                ])
        }
    }

    package func forget(setupLayer key: String) async throws(RunStoreError) {
        try await write("forgetting a setup layer", key) { database in
            try database.execute(sql: "DELETE FROM setup_layers WHERE key = ?", arguments: [key])
        }
    }
}
