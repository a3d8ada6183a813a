internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// Keys and tenants as `drydock keys` shows them.
enum KeyText {
    static func show(new text: String, _ record: ServiceKeyRecord, format: HealFormat) throws {
        if format == .text {
            FileHandle.standardError.write(
                Data("\(record.id) for \(record.name); it is not shown again:\n".utf8))
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        } else {
            let shown = try JSONTextEncoder.encode(
                NewKey(key: text, of: KeyListing.Key(record)), layout: .indented)
            FileHandle.standardOutput.write(Data((shown + "\n").utf8))
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

extension KeyListing {
    init(keys: [ServiceKeyRecord], tenants: [TenantRecord]) {
        self.init(keys: keys.map(Key.init), tenants: tenants.map(Tenant.init))
    }
}

extension KeyListing.Key {
    /// A key without its digest.
    init(_ record: ServiceKeyRecord) {
        self.init(
            id: record.id, name: record.name, tenant: record.tenant, scopes: record.scopes,
            createdAt: record.createdAt, expiresAt: record.expiresAt, revokedAt: record.revokedAt)
    }
}

extension KeyListing.Tenant {
    init(_ record: TenantRecord) {
        self.init(
            id: record.id, quotas: KeyListing.Quotas(record.quotas), createdAt: record.createdAt)
    }
}

extension KeyListing.Quotas {
    init(_ quotas: TenantQuotas) {
        self.init()
        sandboxes = quotas.sandboxes
        cpus = quotas.cpus
        memoryBytes = quotas.memoryBytes
        diskBytes = quotas.diskBytes
        sessions = quotas.sessions
        keptBytes = quotas.keptBytes
        requestsPerMinute = quotas.requestsPerMinute
        spendUSD = quotas.spendUSD
    }
}
