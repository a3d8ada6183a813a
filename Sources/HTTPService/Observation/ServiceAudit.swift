internal import Attestations
internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel

/// Who decided what, in a signed, hash-chained log beside the store.
extension ServiceState {
    var auditPath: String { configuration.dataDirectory + "/audit.log" }

    func audit(_ identity: Identity, action: String, subject: String) async throws {
        try await auditLog.append(
            RecordedEvent(
                subject: subject, kind: action, time: WallClock.timestamp(),
                payload: JSONValue.object([
                    .init("key", .string(identity.keyID)), .init("name", .string(identity.keyName)),
                    .init("tenant", .string(identity.tenant)),
                ]).text()))
    }

    /// The latest entries, newest first; lines of other tenants are left out.
    func auditEntries(tenant: String, limit: Int) -> [JSONValue] {
        guard let data = FileManager.default.contents(atPath: auditPath) else { return [] }
        return data.split(separator: 10).reversed().lazy
            .compactMap { try? JSONValue(parsing: $0) }
            .filter { entry in
                let payload = entry["event"]?["payload"]?.stringValue ?? "{}"
                return (try? JSONValue(parsing: payload))?["tenant"]?.stringValue == tenant
            }
            .prefix(limit).map(\.self)
    }
}
