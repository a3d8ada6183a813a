internal import GRDB

/// A session's change that was proven, and waits for a human because the gate asks for one.
package struct SubmissionRecord: Codable, Sendable, Equatable, AwaitsHuman {
    static let table = "submissions"

    package var id: String
    package var tenant: String
    package var session: String
    package var repository: String
    /// The tree that may go out, and no other.
    package var tree: String
    package var title: String
    package var reasons: [String]
    /// RFC 3339, UTC.
    package var requestedAt: String
    package var decision: ApprovalRecord.Decision?
    package var decidedBy: String?
    package var decidedAt: String?

    package init(
        id: String, tenant: String, session: String, repository: String, tree: String,
        title: String, reasons: [String], requestedAt: String
    ) {
        self.id = id
        self.tenant = tenant
        self.session = session
        self.repository = repository
        self.tree = tree
        self.title = title
        self.reasons = reasons
        self.requestedAt = requestedAt
    }
}

extension Store {
    /// Asks a human. The same tree of the same session is asked about once.
    package func request(
        submission: SubmissionRecord
    ) async throws(RunStoreError) -> SubmissionRecord {
        try await write("asking for an approval", submission.id) { database in
            try database.execute(
                sql: """
                    INSERT INTO submissions(
                        id, tenant, session, repository, tree, title, reasons, requested_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    submission.id, submission.tenant, submission.session, submission.repository,
                    submission.tree, submission.title, StoredJSON.text(submission.reasons),
                    submission.requestedAt,
                ])
            if database.changesCount == 1 {
                try Self.announce(
                    "approval.requested", tenant: submission.tenant, time: submission.requestedAt,
                    subject: ("approval", submission.id),
                    reason: submission.reasons.joined(separator: "; "),
                    details: ["session": submission.session, "tree": submission.tree],
                    in: database)
            }
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM submissions WHERE session = ? AND tree = ?",
                    arguments: [submission.session, submission.tree])
            else {
                throw RunStoreError(
                    .conflict, operation: "asking for an approval", subject: submission.id,
                    reason: "its number is taken")
            }
            return try Self.submission(row)
        }
    }

    /// Records a human's decision. A decision is final; the same one again is no error.
    package func decide(
        submission id: String, tenant: String?, decision: ApprovalRecord.Decision,
        by person: String, time: String
    ) async throws(RunStoreError) -> SubmissionRecord {
        try await write("deciding", id) { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT * FROM submissions WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)",
                    arguments: [id, tenant])
            else {
                throw RunStoreError(
                    .notFound, operation: "deciding", subject: id,
                    reason: "nothing waits under this id")
            }
            var record = try Self.submission(row)
            guard try record.decide(decision, by: person, time: time, in: database) else {
                return record
            }
            try Self.announce(
                "approval.decided", tenant: record.tenant, time: time, subject: ("approval", id),
                reason: "\(decision.rawValue) by \(person)",
                details: ["session": record.session, "tree": record.tree], in: database)
            return record
        }
    }

    /// The latest first.
    package func submissions(tenant: String?) async throws(RunStoreError) -> [SubmissionRecord] {
        try await read("listing approvals", path) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM submissions WHERE ?1 IS NULL OR tenant = ?1
                    ORDER BY rowid DESC LIMIT 500
                    """, arguments: [tenant]
            ).map(Self.submission)
        }
    }

    private static func submission(_ row: Row) throws -> SubmissionRecord {
        var record = SubmissionRecord(
            id: row["id"], tenant: row["tenant"], session: row["session"],
            repository: row["repository"], tree: row["tree"], title: row["title"],
            reasons: try SubmissionRecord.reasons(row), requestedAt: row["requested_at"])
        record.readDecision(row)
        return record
    }
}
