internal import GRDB

/// What a create was answered with, for who asks again with the same key.
package struct IdempotentAnswer: Sendable, Equatable {
    package var tenant: String
    package var key: String
    /// The operation's name in the API.
    package var operation: String
    /// Of what was asked for.
    package var digest: String
    package var status: Int
    package var location: String?
    /// JSON.
    package var body: String
    /// RFC 3339, UTC.
    package var createdAt: String

    package init(
        tenant: String, key: String, operation: String, digest: String, status: Int,
        location: String?, body: String, createdAt: String
    ) {
        self.tenant = tenant
        self.key = key
        self.operation = operation
        self.digest = digest
        self.status = status
        self.location = location
        self.body = body
        self.createdAt = createdAt
    }
}

extension Store {
    package func insert(answer: IdempotentAnswer) async throws(RunStoreError) {
        try await write("keeping an answer", answer.key) { database in
            try database.execute(
                sql: """
                    INSERT INTO idempotent_answers(
                        tenant, key, operation, digest, status, location, body, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    answer.tenant, answer.key, answer.operation, answer.digest, answer.status,
                    answer.location, answer.body, answer.createdAt,
                ])
        }
    }

    package func answer(
        key: String, tenant: String
    ) async throws(RunStoreError) -> IdempotentAnswer? {
        try await read("reading an answer", key) { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM idempotent_answers WHERE tenant = ? AND key = ?",
                arguments: [tenant, key]
            ).map { row in
                IdempotentAnswer(
                    tenant: row["tenant"], key: row["key"], operation: row["operation"],
                    digest: row["digest"], status: row["status"], location: row["location"],
                    body: row["body"], createdAt: row["created_at"])
            }
        }
    }

    /// Forgets answers of before a time: their keys are new again.
    package func removeAnswers(createdBefore time: String) async throws(RunStoreError) {
        try await write("forgetting answers", time) { database in
            try database.execute(
                sql: "DELETE FROM idempotent_answers WHERE created_at < ?", arguments: [time])
        }
    }
}
