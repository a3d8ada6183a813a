internal import GRDB
package import RunModel

/// What became of the one pull request that an incident may have.
package enum PullRequestClaim: Sendable, Equatable {
    /// It is ours to open, on this branch; ask the forge first whether it is there already.
    case reserved(branch: String, tree: String)
    case opened(PullRequestReference)
}

/// One pull request and one ticket per incident, ever. The branch is reserved here before anything
/// is pushed, so a process that is killed in between finds the same branch again.
extension Store {
    package func claimPullRequest(
        incident: String, branch: String, tree: String, time: String
    ) async throws(RunStoreError) -> PullRequestClaim {
        try await write("claiming a pull request", incident) { database in
            try database.execute(
                sql: """
                    INSERT INTO pull_requests(incident, tree, branch, state, reserved_at)
                    VALUES (?, ?, ?, 'opening', ?) ON CONFLICT DO NOTHING
                    """, arguments: [incident, tree, branch, time])
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM pull_requests WHERE incident = ?",
                    arguments: [incident])
            else {
                throw RunStoreError(
                    .notFound, operation: "claiming a pull request", subject: incident,
                    reason: "no such incident")
            }
            if let reference = Self.reference(row) { return .opened(reference) }
            // Nothing was recorded as opened: a later proof of another tree may replace it.
            try database.execute(
                sql: "UPDATE pull_requests SET tree = ? WHERE incident = ?",
                arguments: [tree, incident])
            return .reserved(branch: row["branch"], tree: tree)
        }
    }

    package func recordPullRequest(
        _ reference: PullRequestReference, incident: String
    ) async throws(RunStoreError) {
        try await write("recording a pull request", incident) { database in
            try database.execute(
                sql: """
                    UPDATE pull_requests SET forge = ?, branch = ?, head = ?, url = ?, state = 'open'
                    WHERE incident = ? AND state = 'opening'
                    """,
                arguments: [
                    reference.forge, reference.branch, reference.head, reference.url, incident,
                ])
        }
    }

    package func pullRequest(
        ofIncident id: String
    ) async throws(RunStoreError) -> PullRequestReference? {
        try await read("reading a pull request", id) { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM pull_requests WHERE incident = ?", arguments: [id]
            ).flatMap(Self.reference)
        }
    }

    /// The incident whose pull request or ticket has this address.
    package func incident(at url: String) async throws(RunStoreError) -> IncidentRecord? {
        let id = try await read("finding an incident", url) { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT incident FROM pull_requests WHERE url = ? UNION
                    SELECT incident FROM tickets WHERE url = ? LIMIT 1
                    """, arguments: [url, url])
        }
        guard let id else { return nil }
        return try await incident(id)
    }

    /// Records an escalation's ticket; the first one stays.
    ///
    /// - Returns: the ticket that counts.
    package func recordTicket(
        url: String, incident: String, time: String
    ) async throws(RunStoreError) -> String {
        try await write("recording a ticket", incident) { database in
            try database.execute(
                sql: """
                    INSERT INTO tickets(incident, url, opened_at) VALUES (?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """, arguments: [incident, url, time])
            return try String.fetchOne(
                database, sql: "SELECT url FROM tickets WHERE incident = ?", arguments: [incident])
                ?? url
        }
    }

    private static func reference(_ row: Row) -> PullRequestReference? {
        guard row["state"] == "open", let forge = row["forge"] as String?,
            let head = row["head"] as String?, let url = row["url"] as String?
        else { return nil }
        return PullRequestReference(forge: forge, branch: row["branch"], head: head, url: url)
    }
}
