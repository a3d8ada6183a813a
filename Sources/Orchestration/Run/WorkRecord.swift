internal import Digests
internal import Foundation
internal import Glibc
package import RunModel
package import RunStore

/// One `verify`, `triage` or `repro` as `drydock runs` shows it.
package struct WorkRecord: Sendable {
    /// What a list says of it.
    package let summary: RunsListing.Run
    /// The JSON document that it ended with: not part of a list.
    package let document: String?

    package init(_ record: RunRecord) {
        document = record.document
        // Of a record without a start nobody knows whether the number is still the same process's.
        let isRunning =
            record.processStart != nil
            && record.process.map { ProcessIdentity.start(of: $0) } == record.processStart
        summary = RunsListing.Run(
            id: record.id, kind: record.kind, title: record.title,
            state: record.state == .ended ? .ended : isRunning ? .running : .interrupted,
            process: record.process, startedAt: record.startedAt, endedAt: record.endedAt)
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
                processStart: ProcessIdentity.start(of: getpid()), startedAt: WallClock.timestamp())
        )
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
        var lines = [
            "\(summary.id)  \(summary.state.rawValue)  \(summary.startedAt)",
            "  title    \(summary.title)",
        ]
        if summary.state == .running, let process = summary.process {
            lines.append("  process  \(process)")
        }
        if let endedAt = summary.endedAt { lines.append("  ended    \(endedAt)") }
        if let document { lines += ["", document] }
        return lines.joined(separator: "\n")
    }

    /// - Throws: `PortError` where there is no document: it still runs, or came to nothing.
    package func finished() throws -> String {
        guard let document else {
            throw PortError(
                operation: "reading", subject: summary.id,
                reason: summary.state == .running
                    ? "it still runs" : "it ended without a document",
                remedy: summary.state == .running
                    ? "Wait for it" : "Run it again: what was wrong was said then")
        }
        return document
    }

    /// - Returns: the process that was told to end; `nil` where it has ended already.
    package func stop() throws -> Int32? {
        guard summary.state == .running, let process = summary.process else { return nil }
        try ProcessIdentity.terminate(process)
        return process
    }
}
