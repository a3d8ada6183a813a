internal import Digests
internal import Forges
internal import Foundation
internal import GitWorktrees
internal import JSONText
internal import RunModel
internal import RunStore
internal import Verification

/// Lets a session's change out: gate, verification, where the gate asks for one a human's
/// approval, then a branch of Drydock's own and a draft.
struct Submitting {
    let performer: JobPerformer
    let job: JobContext

    /// The document `drydock.submit/v1`.
    func submit() async throws -> String {
        guard let session = job.request.session else { throw JobPerformer.missing("session") }
        let workbench = performer.workbench
        guard let record = try await performer.store.session(session, tenant: job.tenant) else {
            throw JobPerformer.missing("session")
        }
        let state = try workbench.state(of: session)
        let changes = try await workbench.changes(of: session)
        guard changes.tree != changes.base else { return refused("nothing was changed") }
        job.progress("gate")
        let gate = try await workbench.gate(session, policy: job.request.policy)
        if gate.verdict == .block {
            return document(
                "refused", tree: changes.tree, reason: "the gate blocks it",
                gate: try JSONTextEncoder.value(of: gate))
        }
        job.progress("verify")
        let verification = try await workbench.verify(
            session, tests: job.request.tests ?? [], repeats: job.request.repeats ?? 3)
        guard Self.isProven(verification), verification.tree == changes.tree else {
            return document(
                "refused", tree: changes.tree,
                reason: "verification: \(verification.verdict.rawValue)",
                gate: try JSONTextEncoder.value(of: gate),
                verify: try JSONTextEncoder.value(of: verification))
        }
        if gate.verdict == .review {
            let asked = try await ask(record, changes.tree, gate)
            switch asked.decision {
            case .approved: break
            case .rejected:
                return document(
                    "refused", tree: changes.tree,
                    reason: "rejected by \(asked.decidedBy ?? "a human")", approval: asked.id)
            case nil:
                return document(
                    "awaiting_approval", tree: changes.tree,
                    reason: asked.reasons.joined(separator: "; "), approval: asked.id)
            }
        }
        return try await publish(record, state, changes, verification)
    }

    /// Verified, but for what the gate has a human look at: the approval for that comes after the
    /// proof and never replaces it.
    private static func isProven(_ report: VerificationReport) -> Bool {
        if report.verdict == .verified { return true }
        return report.verdict == .inconclusive && !report.reasons.isEmpty
            && report.reasons.allSatisfy { $0.code == ReasonCode.gateReview.rawValue }
    }

    private func ask(
        _ record: ServiceSessionRecord, _ tree: String, _ gate: GateReport
    ) async throws -> SubmissionRecord {
        let digest = SHA256Digest(of: "\(record.id) \(tree)").hexadecimal
        return try await performer.store.request(
            submission: SubmissionRecord(
                id: "sub-" + digest.prefix(12), tenant: job.tenant, session: record.id,
                repository: record.repository, tree: tree,
                title: job.request.title ?? "Change of session \(record.id)",
                reasons: gate.findings.filter { $0.action != .off }.prefix(20).map {
                    "\($0.rule): \($0.message)"
                }, requestedAt: WallClock.timestamp()))
    }

    private func publish(
        _ record: ServiceSessionRecord, _ state: SessionState, _ changes: SessionChanges,
        _ verification: VerificationReport
    ) async throws -> String {
        let host = performer.workbench.host
        let repository = try host.repository(at: state.repository)
        let parent = try await repository.resolve(record.revision)
        guard try await repository.tree(ofCommit: parent) == state.base else {
            return refused(
                "\(record.revision) has moved since the session was opened: what was verified is "
                    + "not what a merge would give; open a session on it again")
        }
        let root = try HealSession.root(of: state.repository)
        let local = try LocalPublication(
            directory: performer.state.forge(ofRepository: state.repository),
            defaultBranch: record.revision, repository: repository,
            remote: try host.remote(
                of: root, in: performer.workbench.operatorFiles.configuration()))
        let (forge, publisher) = (local.forge, local.publisher)
        let branch = BranchName(incident: "session-\(record.id)-\(changes.tree.prefix(8))")
        let title = String((job.request.title ?? "Change of session \(record.id)").prefix(200))
        let head = try await publisher.publish(
            tree: changes.tree, parent: parent, branch: branch.description, message: title + "\n",
            to: forge.remote)
        let pushed = try await publisher.published(branch: branch.description, at: forge.remote)
        guard let pushed, pushed.commit == head, pushed.tree == verification.tree else {
            throw ForgeError(
                operation: "pushing the verified tree", subject: branch.description,
                reason: "the remote has another tree", remedy: "Nothing was opened")
        }
        let fixed = verification.tests.fixed.map { "- \(Markdown.code($0)) fixed" }
        let reference = try await forge.openPullRequest(
            PullRequestDraft(
                branch: branch.description, head: head, target: record.revision, title: title,
                body: (["**Verified** change of a session, tree \(changes.tree)."] + fixed)
                    .joined(separator: "\n")))
        return document(
            "pull_request", tree: changes.tree,
            pullRequest: [
                "forge": .string(reference.forge), "branch": .string(reference.branch),
                "head": .string(reference.head), "url": .string(reference.url),
            ])
    }

    private func refused(_ reason: String) -> String {
        document("refused", tree: nil, reason: reason)
    }

    private func document(
        _ outcome: String, tree: String?, reason: String? = nil, gate: JSONValue = .null,
        verify: JSONValue = .null, approval: String? = nil, pullRequest: JSONValue = .null
    ) -> String {
        JSONValue.object([
            .init("schema", "drydock.submit/v1"), .init("outcome", .string(outcome)),
            .init("tree", tree.map { .string($0) } ?? .null),
            .init("reason", reason.map { .string($0) } ?? .null),
            .init("approval", approval.map { .string($0) } ?? .null), .init("gate", gate),
            .init("verify", verify), .init("pull_request", pullRequest),
        ]).text()
    }
}
