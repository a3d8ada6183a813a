internal import GRDB
package import RunModel

/// How many attempts a day may see, whatever the incident.
package struct AttemptLimits: Codable, Sendable, Equatable {
    package var perBranchAndDay: Int
    package var perRepositoryAndDay: Int

    package init(perBranchAndDay: Int = 12, perRepositoryAndDay: Int = 60) {
        self.perBranchAndDay = perBranchAndDay
        self.perRepositoryAndDay = perRepositoryAndDay
    }
}

extension Store {
    /// Takes the next attempt's number, unless the day's limits are used up.
    ///
    /// Counted when it begins: an attempt that was killed was an attempt. Asking again for a
    /// number that is taken by the same incident is granted.
    ///
    /// - Returns: `nil` when admitted, else which limit stands against it.
    package func admit(
        attempt: HealReport.Attempt, incident: IncidentRecord, limits: AttemptLimits, time: String
    ) async throws(RunStoreError) -> String? {
        try await write("admitting an attempt", incident.id) { database in
            let day = String(time.prefix(10))
            let exists = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS(SELECT 1 FROM attempts WHERE incident = ? AND number = ?)",
                arguments: [incident.id, attempt.number])
            if exists == true { return nil }
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT branch, COUNT(*) AS n FROM attempts "
                    + "WHERE repository = ? AND day = ? GROUP BY branch",
                arguments: [incident.repository, day])
            let inRepository = rows.reduce(0) { $0 + ($1["n"] as Int) }
            let inBranch =
                rows.first { $0["branch"] == incident.branch }.map { $0["n"] as Int } ?? 0
            if inRepository >= limits.perRepositoryAndDay {
                return "\(inRepository) attempts in this repository today"
            }
            if inBranch >= limits.perBranchAndDay {
                return "\(inBranch) attempts on branch \(incident.branch) today"
            }
            try database.execute(
                sql: """
                    INSERT INTO attempts(incident, number, repository, branch, day, document)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    incident.id, attempt.number, incident.repository, incident.branch, day,
                    try StoredJSON.text(attempt),
                ])
            return nil
        }
    }

    /// Records how an admitted attempt ended.
    package func finish(
        attempt: HealReport.Attempt, incident: String
    ) async throws(RunStoreError) {
        try await write("recording an attempt", incident) { database in
            try database.execute(
                sql: "UPDATE attempts SET document = ? WHERE incident = ? AND number = ?",
                arguments: [try StoredJSON.text(attempt), incident, attempt.number])
        }
    }

    /// The attempts of an incident, in order.
    package func attempts(
        ofIncident id: String
    ) async throws(RunStoreError) -> [HealReport.Attempt] {
        try await read("listing attempts", id) { database in
            try String.fetchAll(
                database, sql: "SELECT document FROM attempts WHERE incident = ? ORDER BY number",
                arguments: [id]
            ).map { text in
                try StoredJSON.value(
                    HealReport.Attempt.self, from: text, operation: "listing attempts", subject: id)
            }
        }
    }
}
