internal import GRDB
package import RunModel

/// The append-only log that every view can be computed from again.
extension Store: EventSink {
    package func append(_ event: RecordedEvent) async throws {
        try await appendAll([event])
    }

    /// Appends several events in one transaction: all of them, or none.
    package func appendAll(_ events: [RecordedEvent]) async throws(RunStoreError) {
        try await write("appending events", events.first?.subject ?? "nothing") { database in
            for event in events { try Self.insert(event, into: database) }
        }
    }

    /// Appends `event` only when the subject's log is still `expectedCount` long.
    ///
    /// Two processes that drive the same incident cannot both record a next step: the slower one
    /// learns that it is out of date.
    package func append(
        _ event: RecordedEvent, expectingCount expectedCount: Int
    ) async throws(RunStoreError) {
        try await write("appending an event", event.subject) { database in
            let count =
                try Int.fetchOne(
                    database, sql: "SELECT COUNT(*) FROM events WHERE subject = ?",
                    arguments: [event.subject]) ?? 0
            guard count == expectedCount else {
                throw RunStoreError(
                    .conflict, operation: "appending an event", subject: event.subject,
                    reason: "its log has \(count) events, \(expectedCount) were expected",
                    remedy: "Another process drives this incident; look at `drydock runs show`")
            }
            try Self.insert(event, into: database)
        }
    }

    /// The log of one subject, oldest first.
    package func events(of subject: String) async throws(RunStoreError) -> [RecordedEvent] {
        try await read("reading events", subject) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT subject, kind, time, payload FROM events
                    WHERE subject = ? ORDER BY sequence
                    """, arguments: [subject]
            ).map { row in
                RecordedEvent(
                    subject: row["subject"], kind: row["kind"], time: row["time"],
                    payload: row["payload"])
            }
        }
    }

    private static func insert(_ event: RecordedEvent, into database: Database) throws {
        try database.execute(
            sql: "INSERT INTO events(subject, kind, time, payload) VALUES (?, ?, ?, ?)",
            arguments: [event.subject, event.kind, event.time, event.payload])
    }
}
