internal import Digests
internal import Foundation
internal import Glibc
internal import RunModel
package import RunStore

/// One `verify`, `triage` or `repro` as `drydock runs` shows it.
package struct WorkRecord: Encodable, Sendable {
    package let id: String
    package let kind: String
    package let title: String
    /// `running`, `ended`, or `interrupted` where the process is gone without an end.
    package let state: String
    package let process: Int32?
    /// RFC 3339, UTC.
    package let startedAt: String
    package let endedAt: String?
    /// The JSON document that it ended with: not part of a list.
    package let document: String?

    private enum CodingKeys: CodingKey {
        case id, kind, title, state, process, startedAt, endedAt
    }

    package init(_ record: RunRecord) {
        id = record.id
        kind = record.kind
        title = record.title
        process = record.process
        startedAt = record.startedAt
        endedAt = record.endedAt
        document = record.document
        let isGone = record.process.map { kill($0, 0) != 0 && errno == ESRCH } ?? true
        state = record.state == .running && isGone ? "interrupted" : record.state.rawValue
    }

    /// Performs a piece of work that is on record from its begin to its end.
    ///
    /// - Parameter document: the JSON document of what it came to.
    package static func perform<Report: Sendable>(
        _ kind: String, title: String, store: Store, document: (Report) throws -> String,
        _ work: () async throws -> Report
    ) async throws -> Report {
        let id =
            "\(kind)-" + Hexadecimal.encode((0..<6).map { _ in UInt8.random(in: .min ... .max) })
        try await store.begin(
            run: RunRecord(
                id: id, kind: kind, title: title, process: getpid(),
                startedAt: WallClock.timestamp()))
        do {
            let report = try await work()
            try await store.end(
                run: id, document: try document(report), time: WallClock.timestamp())
            return report
        } catch {
            // What was wrong is the command's to say; the record must not look as if it still ran.
            try? await store.end(run: id, document: nil, time: WallClock.timestamp())
            throw error
        }
    }

    /// - Returns: `nil` where no run's id begins so, or several do.
    package static func find(_ id: String, in store: Store) async throws -> WorkRecord? {
        let found = try await store.runs(beginning: id)
        return found.count == 1 ? found.first.map(WorkRecord.init) : nil
    }

    package var story: String {
        var lines = ["\(id)  \(state)  \(startedAt)", "  title    \(title)"]
        if state == "running", let process { lines.append("  process  \(process)") }
        if let endedAt { lines.append("  ended    \(endedAt)") }
        if let document { lines += ["", document] }
        return lines.joined(separator: "\n")
    }

    /// - Throws: `PortError` where there is no document: it still runs, or came to nothing.
    package func finished() throws -> String {
        guard let document else {
            throw PortError(
                operation: "reading", subject: id,
                reason: state == "running" ? "it still runs" : "it ended without a document",
                remedy: state == "running"
                    ? "Wait for it" : "Run it again: what was wrong was said then")
        }
        return document
    }

    /// - Returns: the process that was told to end; `nil` where it has ended already.
    package func stop() throws -> Int32? {
        guard state == "running", let process else { return nil }
        try ProcessIdentity.terminate(process)
        return process
    }
}
