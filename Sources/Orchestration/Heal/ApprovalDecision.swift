internal import RunModel
package import RunStore

/// What a human decided of an incident's change, however they said it: the one place where that is
/// recorded.
package enum ApprovalDecision {
    /// - Parameters:
    ///   - id: the approval's, or its incident's: then the latest that was asked for.
    ///   - person: who decided, for the record.
    /// - Throws: `RunStoreError`, `conflict` among them for the change of a dry run, of which nothing
    ///   leaves the machine: it can be rejected only.
    package static func record(
        _ decision: ApprovalRecord.Decision, approval id: String, by person: String,
        in store: Store
    ) async throws -> ApprovalRecord {
        if decision == .approved {
            let asked = try await store.approval(named: id)
            let story = try await IncidentStory.load(asked.incident, from: store)
            guard !story.state.request.isDryRun else {
                throw RunStoreError(
                    .conflict, operation: "approving", subject: id,
                    reason: "it is the change of a dry run, which never leaves this machine",
                    remedy: "Run drydock heal without --dry-run, and approve what that proposes")
            }
        }
        return try await store.decide(
            approval: id, decision: decision, by: person, time: WallClock.timestamp())
    }
}
