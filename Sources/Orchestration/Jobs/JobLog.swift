internal import Foundation
package import JSONText
package import RunStore

/// What a job wrote and used, put together from its events.
package struct JobLog: Sendable {
    package private(set) var text = ""
    /// Samples of what was in use, the oldest first.
    package private(set) var usage: [JSONValue] = []
    /// Of the last event that is in this.
    package private(set) var lastSequence: Int64 = 0

    package static func read(_ job: JobRecord, _ store: Store) async throws -> JobLog {
        var log = JobLog()
        var bytes: [UInt8] = []
        while let page = try await page(of: job, after: log.lastSequence, store) {
            bytes += page.bytes
            log.usage += page.usage
            log.lastSequence = page.lastSequence
        }
        // At once: a character may be cut in two by the end of an event.
        log.text = String(decoding: bytes, as: UTF8.self)
        return log
    }

    /// A part of a log, for who does not hold it as a whole.
    package struct Page: Sendable {
        package var bytes: [UInt8] = []
        package var usage: [JSONValue] = []
        package var lastSequence: Int64
    }

    /// - Returns: `nil` when nothing came after the sequence number.
    package static func page(
        of job: JobRecord, after sequence: Int64, _ store: Store
    ) async throws -> Page? {
        let events = try await store.jobEvents(
            job: job.id, tenant: job.tenant, after: sequence, limit: 32)
        guard let last = events.last else { return nil }
        var page = Page(lastSequence: last.sequence)
        for event in events {
            guard let value = try? JSONValue(parsing: event.payload) else { continue }
            if event.kind == "usage" { page.usage.append(value) }
            page.bytes += piece(event.kind, value)
        }
        return page
    }

    private static func piece(_ kind: String, _ value: JSONValue) -> [UInt8] {
        switch kind {
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
