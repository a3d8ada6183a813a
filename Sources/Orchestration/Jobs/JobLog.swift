internal import Foundation
internal import JSONText
package import RunStore

/// What a job wrote, put together from its events.
package enum JobLog {
    package static func text(of job: JobRecord, _ store: Store) async throws -> String {
        var bytes: [UInt8] = []
        var sequence: Int64 = 0
        while true {
            let events = try await store.jobEvents(
                job: job.id, tenant: job.tenant, after: sequence)
            guard let last = events.last else { break }
            for event in events { bytes += piece(event) }
            sequence = last.sequence
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func piece(_ event: JobEvent) -> [UInt8] {
        guard let value = try? JSONValue(parsing: event.payload) else { return [] }
        switch event.kind {
        case "output":
            if let text = value["text"]?.stringValue { return Array(text.utf8) }
            return value["base64"]?.stringValue.flatMap { Data(base64Encoded: $0) }.map(Array.init)
                ?? []
        case "progress": return Array("[\(value["message"]?.stringValue ?? "")]\n".utf8)
        case "failed": return Array("[failed: \(value["error"]?.stringValue ?? "")]\n".utf8)
        default: return []
        }
    }
}
