internal import GRDB

/// What an incident may use up.
package enum BudgetResource: String, Codable, Sendable, CaseIterable {
    case attempts, tokens
    case costUSD = "cost_usd"
    case wallMilliseconds = "wall_ms"
    case modelCalls = "model_calls"
    case sandboxMilliseconds = "sandbox_ms"
}

/// The answer to a reservation.
package enum BudgetAnswer: Sendable, Equatable {
    /// It may be used; `warning` from 80 % of the limit on.
    case granted(warning: Bool)
    /// It would exceed the limit; nothing was reserved.
    case refused(remaining: Double)
}

/// Budgets are reserved before use and settled after it. What a killed process had reserved and
/// not settled counts as used: it may have been.
extension Store {
    /// The share of a limit from which on a reservation warns.
    package static let budgetWarningShare = 0.8

    /// Reserves `amount` for an incident.
    ///
    /// - Parameters:
    ///   - id: names this use; asking again with the same id is granted without counting twice.
    ///   - limit: `nil` is not limited; the use is recorded all the same.
    package func reserve(
        id: String, incident: String, resource: BudgetResource, amount: Double, limit: Double?
    ) async throws(RunStoreError) -> BudgetAnswer {
        try await write("reserving \(resource.rawValue)", incident) { database in
            let used = try Self.used(database, incident, resource)
            let known = try Bool.fetchOne(
                database, sql: "SELECT EXISTS(SELECT 1 FROM budget WHERE id = ?)", arguments: [id])
            let total = known == true ? used : used + amount
            if let limit, total > limit { return .refused(remaining: max(0, limit - used)) }
            if known != true {
                try database.execute(
                    sql: """
                        INSERT INTO budget(id, incident, resource, reserved, reserved_at)
                        VALUES (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
                        """, arguments: [id, incident, resource.rawValue, amount])
            }
            return .granted(warning: limit.map { total >= $0 * Self.budgetWarningShare } ?? false)
        }
    }

    /// Replaces a reservation by what was really used. The first settlement counts.
    package func settle(id: String, used: Double) async throws(RunStoreError) {
        try await write("settling a budget", id) { database in
            try database.execute(
                sql: "UPDATE budget SET used = ? WHERE id = ? AND used IS NULL",
                arguments: [used, id])
        }
    }

    /// What an incident has used of a resource, open reservations included.
    ///
    /// - Parameter id: a use that is left out: the one that asks, when it was killed and is back.
    package func used(
        incident: String, resource: BudgetResource, except id: String = ""
    ) async throws(RunStoreError) -> Double {
        try await read("reading a budget", incident) { database in
            try Self.used(database, incident, resource, except: id)
        }
    }

    /// What an incident has really used of a resource: open reservations count for nothing.
    package func settled(
        incident: String, resource: BudgetResource
    ) async throws(RunStoreError) -> Double {
        try await read("reading a budget", incident) { database in
            try Double.fetchOne(
                database,
                sql: "SELECT TOTAL(used) FROM budget WHERE incident = ? AND resource = ?",
                arguments: [incident, resource.rawValue]) ?? 0
        }
    }

    /// What single uses came to, by their ids; what is not settled is left out.
    package func settled(
        uses incident: String, resource: BudgetResource
    ) async throws(RunStoreError) -> [String: Double] {
        try await read("reading a budget", incident) { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, used FROM budget
                    WHERE incident = ? AND resource = ? AND used IS NOT NULL
                    """, arguments: [incident, resource.rawValue]
            ).reduce(into: [:]) { $0[$1["id"]] = $1["used"] }
        }
    }

    private static func used(
        _ database: Database, _ incident: String, _ resource: BudgetResource, except id: String = ""
    ) throws -> Double {
        try Double.fetchOne(
            database,
            sql: """
                SELECT TOTAL(COALESCE(used, reserved)) FROM budget
                WHERE incident = ? AND resource = ? AND id <> ?
                """, arguments: [incident, resource.rawValue, id]) ?? 0
    }
}
