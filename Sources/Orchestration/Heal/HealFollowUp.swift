internal import Forges
internal import Repair
package import RunModel
internal import RunStore

/// What becomes of an incident after its pull request or ticket: merged, commanded, come back.
extension HealCoordinator {
    /// How many commits of a branch are looked through for a squashed pull request.
    private static let squashSearchMax = 500

    /// As `obeyCommands`, on request of a webhook.
    package func hear(incident id: String) async throws -> Bool {
        let driver = try await IncidentDriver(
            incident: try await store.incident(id), coordinator: self)
        return try await obeyCommands(driver)
    }

    /// Another round by the word of a human at this machine: breakers are closed, and the same
    /// failure's next heal begins anew.
    ///
    /// - Throws: `PortError` while the incident is worked on, or its pull request is open.
    package func retry(incident id: String, by person: String) async throws {
        let incident = try await store.incident(id)
        var driver = try await IncidentDriver(incident: incident, coordinator: self)
        guard let state = driver.state, state.phase == .finished else {
            throw PortError(
                operation: "retrying", subject: id, reason: "it has not come to an end",
                remedy: "`drydock heal` goes on with it")
        }
        guard state.pullRequest == nil || state.isClosed else {
            throw PortError(
                operation: "retrying", subject: id,
                reason: "its pull request is there: \(state.pullRequest?.url ?? "")",
                remedy: "There is one per incident; merge it or close it, and let the tests run")
        }
        try await driver.record(
            .commanded(verb: "retry", by: person, comment: "local \(driver.eventCount)"))
        for test in state.failingTests {
            try await store.closeBreaker(
                repository: incident.repository, test: state.request.breakerKey(test))
        }
        try await store.release(incident: incident.id, status: .closed, time: now())
    }

    /// What became of an incident so far.
    package func report(incident id: String) async throws -> HealReport {
        let driver = try await IncidentDriver(
            incident: try await store.incident(id), coordinator: self)
        guard let state = driver.state else { return HealReport(outcome: .nothingToHeal) }
        return try await report(of: state, incident: id)
    }

    /// Obeys what people with write access said at the forge since it was last asked.
    ///
    /// - Returns: whether another round is wanted.
    func obeyCommands(_ driver: IncidentDriver) async throws -> Bool {
        var driver = driver
        guard let forge = ports.forge as? any HostedForge, let state = driver.state,
            state.phase == .finished
        else { return false }
        let incident = driver.incident
        var commands = try await forge.commands(ofIncident: incident.id)
        let pull = try await store.pullRequest(ofIncident: incident.id)
        if let pull { commands += try await forge.commands(ofBranch: pull.branch) }
        var wantsRetry = false
        for command in commands where !state.obeyedComments.contains(command.comment) {
            try await driver.record(
                .commanded(
                    verb: command.verb.rawValue, by: command.person, comment: command.comment))
            wantsRetry = command.verb == .retry
        }
        guard wantsRetry else { return false }
        // One pull request per incident: while it is open, a retry has nothing to do.
        if let pull, try await forge.state(ofBranch: pull.branch)?.status != .closed {
            return false
        }
        for test in state.failingTests {
            try await store.closeBreaker(
                repository: incident.repository, test: state.request.breakerKey(test))
        }
        return true
    }

    /// Closes or reopens the incidents whose pull request is in the branch by now.
    func recheckMerged(_ request: HealRequest, _ detection: Detection) async throws {
        for incident in try await store.incidents()
        where incident.repository == request.repository && incident.status == .pullRequest {
            guard let reference = try await store.pullRequest(ofIncident: incident.id) else {
                continue
            }
            var driver = try await IncidentDriver(incident: incident, coordinator: self)
            guard let state = driver.state, state.request.project == request.project,
                // Tests that are red hide whether the services are healthy, and the reverse.
                !detection.isRed || detection.source == state.detection?.source,
                try await isMerged(reference, state, into: request.bad)
            else { continue }
            let isGreen =
                !detection.isRed
                || (!detection.tests.isEmpty
                    && Set(state.failingTests).isDisjoint(with: detection.tests))
            try await driver.record(.recheckedAfterMerge(isGreen: isGreen, commit: request.bad))
            if isGreen {
                try await store.release(incident: incident.id, status: .closed, time: now())
            } else {
                _ = try await driver.drive()
            }
        }
    }

    /// Merged by whatever means: a merge commit, or rebased or squashed into a commit with the
    /// same change, as the forge says or as the branch's own history shows.
    private func isMerged(
        _ reference: PullRequestReference, _ state: HealState, into commit: String
    ) async throws -> Bool {
        if try await isAncestor(reference.head, of: commit) { return true }
        if let forge = ports.forge as? any HostedForge,
            let known = try await forge.state(ofBranch: reference.branch)
        {
            guard known.status == .merged else { return false }
            if let merge = known.mergeCommit, try await isAncestor(merge, of: commit) {
                return true
            }
        }
        guard let proposal = state.proposal,
            try await isAncestor(state.request.bad, of: commit)
        else { return false }
        let change = try await PatchDigest.digest(
            from: state.request.badTree, to: proposal.tree, trees: ports.trees)
        let chain = try await ports.history.firstParentChain(from: state.request.bad, to: commit)
        var before = state.request.badTree
        for candidate in chain.prefix(Self.squashSearchMax) {
            let after = try await ports.history.tree(ofCommit: candidate)
            let own = try await PatchDigest.digest(from: before, to: after, trees: ports.trees)
            if own == change { return true }
            before = after
        }
        return false
    }

    private func isAncestor(_ commit: String, of tip: String) async throws -> Bool {
        // What is not in the repository was not merged into what is.
        guard let known = try? await ports.history.resolve(commit) else { return false }
        return try await ports.history.commits(from: tip, to: known).isEmpty
    }
}
