internal import Foundation
package import RunModel

/// Heal events as they are recorded: JSON with a version, in the store's append-only log.
package enum HealEventLog {
    static func record(
        _ event: HealEvent, subject: String, time: String
    ) throws -> RecordedEvent {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let envelope = HealEventEnvelope(version: HealEventEnvelope.currentVersion, event: event)
        return RecordedEvent(
            subject: subject, kind: event.kind, time: time,
            payload: String(decoding: try encoder.encode(envelope), as: UTF8.self))
    }

    /// - Throws: `PortError` for an event of another version or of other content.
    package static func event(_ record: RecordedEvent) throws -> HealEvent {
        let data = Data(record.payload.utf8)
        do {
            let envelope = try JSONDecoder().decode(HealEventEnvelope.self, from: data)
            guard envelope.version == HealEventEnvelope.currentVersion else {
                throw PortError(
                    operation: "reading an event", subject: record.subject,
                    reason: "`\(record.kind)` has version \(envelope.version)",
                    remedy: "Resume the incident with the Drydock that recorded it")
            }
            return envelope.event
        } catch let error as PortError {
            throw error
        } catch {
            throw PortError(
                operation: "reading an event", subject: record.subject,
                reason: "`\(record.kind)` is not what this Drydock writes: \(error)",
                remedy: "Resume the incident with the Drydock that recorded it")
        }
    }
}
