internal import GRDB

/// Something proven that waits for a human, bound to one tree: an incident's change or a session's.
protocol AwaitsHuman {
    static var table: String { get }
    var id: String { get }
    var decision: ApprovalRecord.Decision? { get set }
    var decidedBy: String? { get set }
    var decidedAt: String? { get set }
}

extension AwaitsHuman {
    static func reasons(_ row: Row) throws -> [String] {
        try StoredJSON.value(
            [String].self, from: row["reasons"], operation: "reading an approval",
            subject: row["id"])
    }

    mutating func readDecision(_ row: Row) {
        decision = (row["decision"] as String?).flatMap(ApprovalRecord.Decision.init)
        decidedBy = row["decided_by"]
        decidedAt = row["decided_at"]
    }

    /// Records a decision, which is final; the same one again is no error.
    ///
    /// - Returns: whether it is new.
    mutating func decide(
        _ decision: ApprovalRecord.Decision, by person: String, time: String, in database: Database
    ) throws -> Bool {
        if let earlier = self.decision {
            guard earlier == decision else {
                throw RunStoreError(
                    .conflict, operation: "deciding an approval", subject: id,
                    reason: "it was \(earlier.rawValue) by \(decidedBy ?? "somebody")")
            }
            return false
        }
        try database.execute(
            sql: """
                UPDATE \(Self.table) SET decision = ?, decided_by = ?, decided_at = ? WHERE id = ?
                """, arguments: [decision.rawValue, person, time, id])
        (self.decision, decidedBy, decidedAt) = (decision, person, time)
        return true
    }
}
