internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import Orchestration
internal import RunModel
internal import RunStore

/// Keys and tenants as `drydock keys` shows them.
enum KeyText {
    struct Listing: Encodable {
        var schema = "drydock.keys/v1"
        var keys: [ShownKey]
        var tenants: [TenantRecord]

        init(keys: [ServiceKeyRecord], tenants: [TenantRecord]) {
            self.keys = keys.map(ShownKey.init)
            self.tenants = tenants
        }
    }

    /// A key without its digest.
    struct ShownKey: Encodable {
        var schema: String?
        /// The text, in the one answer that shows it.
        var key: String?
        var id: String
        var name: String
        var tenant: String
        var scopes: [String]
        var created_at: String
        var expires_at: String?
        var revoked_at: String?

        init(_ record: ServiceKeyRecord) {
            id = record.id
            name = record.name
            tenant = record.tenant
            scopes = record.scopes
            created_at = record.createdAt
            expires_at = record.expiresAt
            revoked_at = record.revokedAt
        }
    }

    static func show(new text: String, _ record: ServiceKeyRecord, format: HealFormat) throws {
        if format == .text {
            FileHandle.standardError.write(
                Data("\(record.id) for \(record.name); it is not shown again:\n".utf8))
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        } else {
            var shown = ShownKey(record)
            shown.schema = "drydock.key/v1"
            shown.key = text
            FileHandle.standardOutput.write(Data((try RunsOutput.json(shown) + "\n").utf8))
        }
    }

    static func lines(_ keys: [ServiceKeyRecord], _ tenants: [TenantRecord]) -> String {
        if keys.isEmpty { return "no keys yet: drydock keys create --name NAME" }
        return keys.map { key in
            let validity =
                key.revokedAt.map { "revoked \($0)" } ?? key.expiresAt.map { "until \($0)" }
                ?? "valid"
            return [key.id, key.tenant, key.scopes.joined(separator: ","), validity, key.name]
                .joined(separator: "  ")
        }.joined(separator: "\n")
    }

    static func moment(after duration: String) throws -> String {
        let milliseconds = try Quantity.milliseconds(duration)
        return Date(timeIntervalSinceNow: Double(milliseconds) / 1000).formatted(.iso8601)
    }

    static func isName(_ text: String) -> Bool {
        (1...100).contains(text.count) && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }

    static func isTenant(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (97...122).contains($0) || $0 == 45
            }
    }
}

extension DataOption {
    func store() throws -> Store {
        try Store(path: StateDirectory.prepared(at: directory()).store)
    }
}
