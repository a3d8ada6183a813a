internal import Attestations
internal import Forges
internal import Repair
internal import RunModel
internal import RunStore

/// The one way out: a verified tree, on a branch of Drydock's own, as a draft.
extension HealActions {
    func publish(_ proposal: Proposal) async throws -> HealEvent {
        let (ports, store) = (coordinator.ports, coordinator.store)
        guard !state.request.isDryRun, let verification = state.verification,
            verification.verdict == .verified, verification.tree == proposal.tree
        else { return .failed(phase: "pull request", reason: "the change is not verified") }

        let branch = try BranchName(BranchName(incident: incident.id).description)
        let claim = try await store.claimPullRequest(
            incident: incident.id, branch: branch.description, tree: proposal.tree,
            time: coordinator.now())
        if case .opened(let reference) = claim { return .published(reference) }
        // Killed after the push, before it was recorded: the forge knows.
        if let reference = try await ports.forge.pullRequest(ofBranch: branch.description) {
            try await store.recordPullRequest(reference, incident: incident.id)
            return .published(reference)
        }
        if let moved = try await movedBase() { return moved }

        let content = try await content(proposal, verification)
        let title = PullRequestBody.title(content)
        let head = try await ports.publisher.publish(
            tree: proposal.tree, parent: state.request.bad, branch: branch.description,
            message: "\(title)\n\n\(proposal.explanation)\n", to: ports.remote)
        let pushed = try await ports.publisher.published(
            branch: branch.description, at: ports.remote)
        guard let pushed, pushed.commit == head, pushed.tree == verification.tree else {
            throw ForgeError(
                operation: "pushing the verified tree", subject: branch.description,
                reason: "the remote has \(pushed?.tree ?? "nothing"), not \(verification.tree)",
                remedy: "Nothing was opened; delete the branch there")
        }
        let reference = try await ports.forge.openPullRequest(
            PullRequestDraft(
                branch: branch.description, head: head, target: state.request.targetBranch,
                title: title, body: PullRequestBody.markdown(content),
                reviewers: try await reviewers()))
        try await store.recordPullRequest(reference, incident: incident.id)
        return .published(reference)
    }

    /// The target branch has moved: what was verified is not what a merge would give.
    private func movedBase() async throws -> HealEvent? {
        let history = coordinator.ports.history
        guard state.request.followsBranch else { return nil }
        let target = state.request.targetBranch
        var tip = try await coordinator.ports.publisher.tip(
            ofBranch: target, known: state.request.bad, at: coordinator.ports.remote)
        if tip == nil { tip = try? await history.resolve("refs/heads/\(target)") }
        guard let now = tip, now != state.request.bad else { return nil }
        // Healing an older commit on purpose is no move: only a descendant of it is.
        guard try await history.commits(from: now, to: state.request.bad).isEmpty else {
            return nil
        }
        return .baseMoved(bad: now, badTree: try await history.tree(ofCommit: now))
    }

    private func content(
        _ proposal: Proposal, _ verification: VerificationReport
    ) async throws -> PullRequestContent {
        var content = PullRequestContent(
            report: try await coordinator.report(of: state, incident: incident.id),
            verification: verification, kind: proposal.kind.rawValue,
            explanation: proposal.explanation, signature: incident.signature)
        content.gate = state.gate
        if let path = verification.attestation {
            content.verification.attestation = HealRecords.digest(ofAttestation: path) ?? path
        }
        content.auditHead = try coordinator.ports.records.auditHead().map {
            "\($0.digest) (entry \($0.count), signed by \($0.keyID))"
        }
        content.warnings = proposal.warnings
        content.changelog = proposal.changelog
        content.log = state.detection?.log ?? ""
        content.changedPaths = try await coordinator.ports.trees
            .difference(from: state.request.badTree, to: proposal.tree).map(\.path)
        content.approvedBy = try await coordinator.store.approvals(ofIncident: incident.id)
            .first { $0.tree == proposal.tree && $0.decision == .approved }?.decidedBy
        return content
    }

    /// Whoever wrote the culprit reviews its repair; SapFix does so too.
    private func reviewers() async throws -> [String] {
        guard let commit = state.triage?.culprit?.commit else { return [] }
        return [try await coordinator.ports.history.commit(commit).author]
    }
}
