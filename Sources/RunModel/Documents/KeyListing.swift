/// The document `drydock.keys/v1`: who may use the service. Secrets are not kept.
package struct KeyListing: Codable, Sendable, Equatable {
    package var schema = "drydock.keys/v1"
    package var keys: [Key]
    package var tenants: [Tenant]

    package init(keys: [Key], tenants: [Tenant]) {
        self.keys = keys
        self.tenants = tenants
    }

    package struct Key: Codable, Sendable, Equatable {
        package var id: String
        package var name: String
        package var tenant: String
        /// What its bearer may do.
        package var scopes: [String]
        /// RFC 3339, UTC, as all times.
        package var createdAt: String
        package var expiresAt: String?
        package var revokedAt: String?

        package init(
            id: String, name: String, tenant: String, scopes: [String], createdAt: String,
            expiresAt: String?, revokedAt: String?
        ) {
            self.id = id
            self.name = name
            self.tenant = tenant
            self.scopes = scopes
            self.createdAt = createdAt
            self.expiresAt = expiresAt
            self.revokedAt = revokedAt
        }

        package enum CodingKeys: String, CodingKey {
            case id, name, tenant, scopes
            case createdAt = "created_at"
            case expiresAt = "expires_at"
            case revokedAt = "revoked_at"
        }
    }

    package struct Tenant: Codable, Sendable, Equatable {
        package var id: String
        package var quotas: Quotas
        package var createdAt: String

        package init(id: String, quotas: Quotas, createdAt: String) {
            self.id = id
            self.quotas = quotas
            self.createdAt = createdAt
        }

        package enum CodingKeys: String, CodingKey {
            case id, quotas
            case createdAt = "created_at"
        }
    }

    /// What one tenant may take at once; `nil` is not limited by the operator.
    package struct Quotas: Codable, Sendable, Equatable {
        package var sandboxes: Int?
        package var cpus: Double?
        package var memoryBytes: Int?
        package var diskBytes: Int?
        /// Open at a time.
        package var sessions: Int?
        /// What sessions and snapshots take on disk.
        package var keptBytes: Int?
        package var requestsPerMinute: Int?
        /// In a calendar month.
        package var spendUSD: Double?

        package init() {}

        package enum CodingKeys: String, CodingKey {
            case sandboxes, cpus, sessions
            case memoryBytes = "memory_bytes"
            case diskBytes = "disk_bytes"
            case keptBytes = "kept_bytes"
            case requestsPerMinute = "requests_per_minute"
            case spendUSD = "spend_usd"
        }
    }
}

/// The document `drydock.key/v1`: a new key, in the one answer that shows it.
package struct NewKey: Codable, Sendable, Equatable {
    package var schema = "drydock.key/v1"
    /// The secret text.
    package var key: String
    package var id: String
    package var name: String
    package var tenant: String
    package var scopes: [String]
    package var createdAt: String
    package var expiresAt: String?

    package init(key: String, of record: KeyListing.Key) {
        self.key = key
        id = record.id
        name = record.name
        tenant = record.tenant
        scopes = record.scopes
        createdAt = record.createdAt
        expiresAt = record.expiresAt
    }

    package enum CodingKeys: String, CodingKey {
        case schema, key, id, name, tenant, scopes
        case createdAt = "created_at"
        case expiresAt = "expires_at"
    }
}
