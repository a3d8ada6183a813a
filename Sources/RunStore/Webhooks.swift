internal import Foundation
internal import GRDB

/// Where a tenant wants to be told what happens to its work.
package struct WebhookRecord: Codable, Sendable, Equatable {
    /// What can be told, sorted.
    package static let eventKinds = [
        "approval.decided", "approval.requested", "job.cancelled", "job.ended", "job.failed",
        "sandbox.ended", "sandbox.started",
    ]

    package var id: String
    package var tenant: String
    package var url: String
    /// Of `eventKinds`; sorted.
    package var events: [String]
    /// Signs what is sent: kept as it is, as signing needs it.
    package var secret: [UInt8]
    /// RFC 3339, UTC.
    package var createdAt: String

    package init(
        id: String, tenant: String, url: String, events: [String], secret: [UInt8],
        createdAt: String
    ) {
        self.id = id
        self.tenant = tenant
        self.url = url
        self.events = events.sorted()
        self.secret = secret
        self.createdAt = createdAt
    }
}

/// One event on its way to one webhook.
package struct WebhookDeliveryRecord: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable { case pending, delivered, failed }

    /// The same for every try: the receiver recognises a repetition by it.
    package var id: String
    package var webhook: String
    package var tenant: String
    package var kind: String
    /// The body, a JSON object.
    package var payload: String
    package var createdAt: String
    package var state: State
    package var tries: Int
    /// Milliseconds since 1970.
    package var nextTryMilliseconds: Int64
    /// What the receiver answered last; `nil` when it did not.
    package var status: Int?
    /// Why the last try failed.
    package var error: String?
    package var endedAt: String?
}

extension Store {
    package func insert(webhook: WebhookRecord, limit: Int) async throws(RunStoreError) {
        try await write("keeping a webhook", webhook.id) { database in
            let count =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM webhooks WHERE tenant = ?",
                    arguments: [webhook.tenant]) ?? 0
            guard count < limit else {
                throw RunStoreError(
                    .conflict, operation: "keeping a webhook", subject: webhook.url,
                    reason: "there are \(limit) of them already", remedy: "Remove one first")
            }
            try database.execute(
                sql: """
                    INSERT INTO webhooks(id, tenant, url, events, secret, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    webhook.id, webhook.tenant, webhook.url, webhook.events.joined(separator: " "),
                    Data(webhook.secret).base64EncodedString(), webhook.createdAt,
                ])
        }
    }

    package func webhooks(tenant: String) async throws(RunStoreError) -> [WebhookRecord] {
        try await read("listing webhooks", tenant) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM webhooks WHERE tenant = ? ORDER BY rowid",
                arguments: [tenant]
            ).map(Self.webhook)
        }
    }

    /// - Parameter tenant: a webhook of another tenant is not there; `nil` is all of them.
    package func webhook(
        _ id: String, tenant: String?
    ) async throws(RunStoreError) -> WebhookRecord? {
        try await read("reading a webhook", id) { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM webhooks WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)",
                arguments: [id, tenant]
            ).map(Self.webhook)
        }
    }

    /// Removes a webhook with everything that was on its way to it.
    package func remove(webhook id: String) async throws(RunStoreError) {
        try await write("removing a webhook", id) { database in
            try database.execute(
                sql: "DELETE FROM webhook_deliveries WHERE webhook = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM webhooks WHERE id = ?", arguments: [id])
        }
    }

    // MARK: Deliveries

    /// The latest first.
    package func deliveries(
        webhook: String, limit: Int
    ) async throws(RunStoreError) -> [WebhookDeliveryRecord] {
        try await read("listing deliveries", webhook) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM webhook_deliveries WHERE webhook = ? ORDER BY rowid DESC LIMIT ?
                    """, arguments: [webhook, limit]
            ).map(Self.delivery)
        }
    }

    /// What is to be sent now, the longest due first.
    package func dueDeliveries(
        nowMilliseconds: Int64, limit: Int
    ) async throws(RunStoreError) -> [WebhookDeliveryRecord] {
        try await read("reading deliveries", path) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM webhook_deliveries
                    WHERE state = 'pending' AND next_try_ms <= ? ORDER BY next_try_ms LIMIT ?
                    """, arguments: [nowMilliseconds, limit]
            ).map(Self.delivery)
        }
    }

    /// Records what came of a try.
    package func update(delivery: WebhookDeliveryRecord) async throws(RunStoreError) {
        try await write("recording a delivery", delivery.id) { database in
            try database.execute(
                sql: """
                    UPDATE webhook_deliveries SET state = ?, tries = ?, next_try_ms = ?,
                        status = ?, error = ?, ended_at = ? WHERE id = ?
                    """,
                arguments: [
                    delivery.state.rawValue, delivery.tries, delivery.nextTryMilliseconds,
                    delivery.status, delivery.error, delivery.endedAt, delivery.id,
                ])
        }
    }

    /// Removes deliveries that ended before a time.
    package func removeDeliveries(endedBefore time: String) async throws(RunStoreError) {
        try await write("removing old deliveries", time) { database in
            try database.execute(
                sql: "DELETE FROM webhook_deliveries WHERE ended_at < ?", arguments: [time])
        }
    }

    // MARK: Announcing

    /// Puts an event on its way to every webhook of the tenant that wants its kind.
    package func announce(
        _ kind: String, tenant: String, time: String, subject: (String, String), reason: String,
        details: [String: String]
    ) async throws(RunStoreError) {
        let (name, id) = subject
        // Most tenants have none: that costs no transaction.
        let isWanted = try await read("announcing \(kind)", id) { database in
            try Self.hasWebhooks(tenant, in: database)
        }
        guard isWanted else { return }
        try await write("announcing \(kind)", id) { database in
            try Self.announce(
                kind, tenant: tenant, time: time, subject: (name, id), reason: reason,
                details: details, in: database)
        }
    }

    static func announce(_ event: JobEvent, in database: Database) throws {
        guard try hasWebhooks(event.tenant, in: database),
            let job = try Row.fetchOne(
                database, sql: "SELECT kind, title FROM jobs WHERE id = ?", arguments: [event.job])
        else { return }
        let payload =
            try JSONSerialization.jsonObject(with: Data(event.payload.utf8)) as? [String: Any]
        var details = ["kind": job["kind"] as String, "title": job["title"] as String]
        for name in ["outcome", "verdict", "class"] {
            if let text = payload?[name] as? String { details[name] = text }
        }
        if let code = payload?["exit_code"] as? Int { details["exit_code"] = "\(code)" }
        let reason =
            payload?["error"] as? String ?? details["verdict"] ?? details["outcome"] ?? event.kind
        try announce(
            "job.\(event.kind)", tenant: event.tenant, time: event.time,
            subject: ("job", event.job), reason: reason, details: details, in: database)
    }

    static func announce(
        _ kind: String, tenant: String, time: String, subject: (String, String), reason: String,
        details: [String: String], in database: Database
    ) throws {
        guard try hasWebhooks(tenant, in: database) else { return }
        var data = details
        data[subject.0] = subject.1
        data["reason"] = reason
        let payload =
            #"{"data":\#(try StoredJSON.text(data)),"schema":"drydock.webhook/v1","#
            + #""time":"\#(time)","type":"\#(kind)"}"#
        try database.execute(
            sql: """
                INSERT INTO webhook_deliveries(
                    id, webhook, tenant, kind, payload, created_at, state, tries, next_try_ms)
                SELECT 'msg-' || lower(hex(randomblob(12))), id, tenant, ?1, ?2, ?3, 'pending', 0, 0
                FROM webhooks WHERE tenant = ?4 AND instr(' ' || events || ' ', ' ' || ?1 || ' ') > 0
                """, arguments: [kind, payload, time, tenant])
    }

    private static func hasWebhooks(_ tenant: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS(SELECT 1 FROM webhooks WHERE tenant = ?)",
            arguments: [tenant]) ?? false
    }

    private static func webhook(_ row: Row) -> WebhookRecord {
        let (events, secret): (String, String) = (row["events"], row["secret"])
        return WebhookRecord(
            id: row["id"], tenant: row["tenant"], url: row["url"],
            events: events.split(separator: " ").map(String.init),
            secret: Data(base64Encoded: secret).map(Array.init) ?? [], createdAt: row["created_at"])
    }

    private static func delivery(_ row: Row) -> WebhookDeliveryRecord {
        WebhookDeliveryRecord(
            id: row["id"], webhook: row["webhook"], tenant: row["tenant"], kind: row["kind"],
            payload: row["payload"], createdAt: row["created_at"],
            state: WebhookDeliveryRecord.State(rawValue: row["state"]) ?? .failed,
            tries: row["tries"], nextTryMilliseconds: row["next_try_ms"], status: row["status"],
            error: row["error"], endedAt: row["ended_at"])
    }
}
