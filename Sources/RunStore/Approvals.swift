internal import GRDB

/// A verified change that waits for a human, bound to exactly one tree.
package struct ApprovalRecord: Codable, Sendable, Equatable, AwaitsHuman {
    static let table = "approvals"

    package enum Decision: String, Codable, Sendable { case approved, rejected }

    package var id: String
    package var incident: String
    /// The tree that may go out, and no other.
    package var tree: String
    package var reasons: [String]
    package var requestedAt: String
    package var decision: Decision?
    package var decidedBy: String?
    package var decidedAt: String?

    package init(
        id: String, incident: String, tree: String, reasons: [String], requestedAt: String
    ) {
        self.id = id
        self.incident = incident
        self.tree = tree
        self.reasons = reasons
        self.requestedAt = requestedAt
    }
}

extension Store {
    /// Asks a human. The same tree of the same incident is asked about once.
    ///
    /// - Parameter isTold: whether the webhooks of the incident's owners hear of it.
    package func request(
        approval: ApprovalRecord, isTold: Bool = true
    ) async throws(RunStoreError) -> ApprovalRecord {
        try await write("asking for an approval", approval.incident) { database in
            try database.execute(
                sql: """
                    INSERT INTO approvals(id, incident, tree, reasons, requested_at)
                    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    approval.id, approval.incident, approval.tree,
                    try StoredJSON.text(approval.reasons), approval.requestedAt,
                ])
            if isTold, database.changesCount == 1 {
                try Self.announce(
                    "approval.requested", approval, time: approval.requestedAt,
                    reason: approval.reasons.joined(separator: "; "), in: database)
            }
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM approvals WHERE incident = ? AND tree = ?",
                    arguments: [approval.incident, approval.tree])
            else {
                throw RunStoreError(
                    .conflict, operation: "asking for an approval", subject: approval.id,
                    reason: "its number is taken by another change")
            }
            return try Self.approval(row)
        }
    }

    /// - Parameter id: the approval's, or its incident's: then the latest that was asked for.
    package func approval(named id: String) async throws(RunStoreError) -> ApprovalRecord {
        try await read("looking for an approval", id) { try Self.approval(named: id, $0) }
    }

    private static func approval(named id: String, _ database: Database) throws -> ApprovalRecord {
        guard
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM approvals WHERE id = ?1 OR incident = ?1
                    ORDER BY requested_at DESC, rowid DESC LIMIT 1
                    """, arguments: [id])
        else {
            throw RunStoreError(
                .notFound, operation: "deciding an approval", subject: id,
                reason: "nothing waits under this id",
                remedy: "`drydock runs list` shows what waits for an approval")
        }
        return try approval(row)
    }

    /// Records a human's decision. A decision is final; the same one again is no error.
    ///
    /// - Parameter id: the approval's, or its incident's: then the latest that was asked for.
    package func decide(
        approval id: String, decision: ApprovalRecord.Decision, by person: String, time: String
    ) async throws(RunStoreError) -> ApprovalRecord {
        try await write("deciding an approval", id) { database in
            var record = try Self.approval(named: id, database)
            if try record.decide(decision, by: person, time: time, in: database) {
                try Self.announce(
                    "approval.decided", record, time: time,
                    reason: "\(decision.rawValue) by \(person)", in: database)
            }
            return record
        }
    }

    /// To every tenant whose job works on the incident.
    private static func announce(
        _ kind: String, _ approval: ApprovalRecord, time: String, reason: String,
        in database: Database
    ) throws {
        let owners = try String.fetchAll(
            database, sql: "SELECT tenant FROM incident_owners WHERE incident = ?",
            arguments: [approval.incident])
        for tenant in owners {
            try announce(
                kind, tenant: tenant, time: time, subject: ("approval", approval.id),
                reason: reason,
                details: ["incident": approval.incident, "tree": approval.tree], in: database)
        }
    }

    package func approvals(
        ofIncident id: String
    ) async throws(RunStoreError) -> [ApprovalRecord] {
        try await read("listing approvals", id) { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM approvals WHERE incident = ? ORDER BY requested_at",
                arguments: [id]
            ).map(Self.approval)
        }
    }

    private static func approval(_ row: Row) throws -> ApprovalRecord {
        var record = ApprovalRecord(
            id: row["id"], incident: row["incident"], tree: row["tree"],
            reasons: try ApprovalRecord.reasons(row), requestedAt: row["requested_at"])
        record.readDecision(row)
        return record
    }
}
