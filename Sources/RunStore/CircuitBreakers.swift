internal import GRDB

/// Whether attempts at a test are stopped.
package struct BreakerState: Sendable, Equatable {
    package var failures: Int
    /// RFC 3339; `nil` while it is closed.
    package var openedAt: String?

    package init(failures: Int = 0, openedAt: String? = nil) {
        self.failures = failures
        self.openedAt = openedAt
    }

    package var isOpen: Bool { openedAt != nil }
}

/// Circuit breakers keyed by (repository, failing test), counted across processes.
extension Store {
    /// The breaker of one test. Another culprit than the recorded one is a new failure: closed.
    package func breaker(
        repository: String, test: String, culprit: String
    ) async throws(RunStoreError) -> BreakerState {
        try await read("reading a circuit breaker", test) { database in
            try Self.breaker(database, repository, test, culprit)
        }
    }

    /// Counts one failed attempt; opens the breaker at the `threshold`th in a row.
    ///
    /// - Parameter attempt: identifies the attempt, so that a resumed process does not count twice.
    package func recordFailure(
        repository: String, test: String, culprit: String, attempt: String, threshold: Int,
        time: String
    ) async throws(RunStoreError) -> BreakerState {
        try await write("counting a failed attempt", test) { database in
            var state = try Self.breaker(database, repository, test, culprit)
            try database.execute(
                sql: """
                    INSERT INTO breaker_verdicts(attempt, repository, test) VALUES (?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """, arguments: [attempt, repository, test])
            guard database.changesCount == 1 else { return state }
            state.failures += 1
            if state.failures >= threshold, state.openedAt == nil { state.openedAt = time }
            try database.execute(
                sql: """
                    INSERT INTO breakers(repository, test, culprit, failures, opened_at)
                    VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET culprit = excluded.culprit,
                        failures = excluded.failures, opened_at = excluded.opened_at
                    """,
                arguments: [repository, test, culprit, state.failures, state.openedAt])
            return state
        }
    }

    /// Closes a breaker: a fix was proven, or a human says so.
    package func closeBreaker(repository: String, test: String) async throws(RunStoreError) {
        try await write("closing a circuit breaker", test) { database in
            try database.execute(
                sql: "DELETE FROM breakers WHERE repository = ? AND test = ?",
                arguments: [repository, test])
        }
    }

    private static func breaker(
        _ database: Database, _ repository: String, _ test: String, _ culprit: String
    ) throws -> BreakerState {
        guard
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT failures, opened_at FROM breakers
                    WHERE repository = ? AND test = ? AND culprit = ?
                    """, arguments: [repository, test, culprit])
        else { return BreakerState() }
        return BreakerState(failures: row["failures"], openedAt: row["opened_at"])
    }
}
