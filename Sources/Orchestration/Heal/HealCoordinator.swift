package import RunModel
package import RunStore

/// Drives incidents: claims them, performs the state machine's actions, records every event.
package struct HealCoordinator: Sendable {
    let store: Store
    let ports: HealPorts
    let holder: IncidentHolder
    let isAlive: @Sendable (IncidentHolder) -> Bool
    /// RFC 3339, UTC.
    let now: @Sendable () -> String
    let limits: AttemptLimits
    /// Told of every event after it was recorded: progress, telemetry, tests.
    let observe: @Sendable (String, HealEvent) async -> Void

    package init(
        store: Store, ports: HealPorts, holder: IncidentHolder,
        isAlive: @escaping @Sendable (IncidentHolder) -> Bool,
        now: @escaping @Sendable () -> String, limits: AttemptLimits = AttemptLimits(),
        observe: @escaping @Sendable (String, HealEvent) async -> Void = { _, _ in }
    ) {
        self.store = store
        self.ports = ports
        self.holder = holder
        self.isAlive = isAlive
        self.now = now
        self.limits = limits
        self.observe = observe
    }

    /// Handles what was detected, from wherever an earlier process left it.
    package func heal(_ request: HealRequest, _ detection: Detection) async throws -> HealReport {
        try await recheckMerged(request, detection)
        guard detection.isRed else { return HealReport(outcome: .nothingToHeal) }
        let incident = try await claim(request, detection)
        var driver = try await IncidentDriver(incident: incident, coordinator: self)
        if driver.isEmpty {
            try await driver.record(.begun(request))
            try await driver.record(.detected(detection))
        }
        return try await driver.drive()
    }

    /// Goes on with an incident after a human's decision.
    package func resume(incident id: String) async throws -> HealReport {
        let known = try await store.incident(id)
        let incident = try await store.claim(known, holder: holder, isAlive: isAlive)
        var driver = try await IncidentDriver(incident: incident, coordinator: self)
        return try await driver.drive()
    }

    /// The incident of this failure. One that is over, and whose failure is there again on another
    /// commit, is followed by the next generation: its own pull request stays its only one.
    private func claim(
        _ request: HealRequest, _ detection: Detection
    ) async throws -> IncidentRecord {
        for generation in 1...1_000 {
            let signature = FailureSignature.signature(
                tests: detection.tests, command: detection.command,
                // What a dry run comes to must not stand in the way of the real one.
                branch: (request.isDryRun ? "dry-run:" : "") + request.targetBranch,
                generation: generation)
            let time = now()
            let incident = try await store.claim(
                IncidentRecord(
                    id: FailureSignature.incidentID(
                        repository: request.repository, signature: signature),
                    repository: request.repository, signature: signature,
                    branch: request.targetBranch,
                    title: detection.tests.first ?? detection.command, openedAt: time,
                    updatedAt: time), holder: holder, isAlive: isAlive)
            switch incident.status {
            case .awaitingApproval where request.isDryRun:
                if try await isSameCommit(incident, request) { return incident }
                try await store.release(
                    incident: incident.id, status: .closed, time: incident.updatedAt)
            case .open, .awaitingApproval, .pullRequest: return incident
            case .escalated where try await isSameCommit(incident, request): return incident
            case .escalated, .skipped, .closed:
                try await store.release(
                    incident: incident.id, status: incident.status, time: incident.updatedAt)
            }
        }
        throw PortError(
            operation: "opening an incident", subject: detection.tests.first ?? detection.command,
            reason: "it came back a thousand times", remedy: "Look at `drydock runs list`")
    }

    private func isSameCommit(
        _ incident: IncidentRecord, _ request: HealRequest
    ) async throws -> Bool {
        let driver = try await IncidentDriver(incident: incident, coordinator: self)
        return driver.state?.request.badTree == request.badTree && driver.state?.isBroken != true
    }

    /// Closes or reopens the incidents whose pull request is in the branch by now.
    private func recheckMerged(_ request: HealRequest, _ detection: Detection) async throws {
        for incident in try await store.incidents()
        where incident.repository == request.repository && incident.status == .pullRequest {
            guard let reference = try await store.pullRequest(ofIncident: incident.id),
                try await isMerged(reference.head, into: request.bad)
            else { continue }
            var driver = try await IncidentDriver(incident: incident, coordinator: self)
            let tests = Set(driver.state?.failingTests ?? [])
            let isGreen = !detection.isRed || tests.isDisjoint(with: detection.tests)
            try await driver.record(.recheckedAfterMerge(isGreen: isGreen, commit: request.bad))
            if isGreen {
                try await store.release(incident: incident.id, status: .closed, time: now())
            } else {
                _ = try await driver.drive()
            }
        }
    }

    private func isMerged(_ head: String, into commit: String) async throws -> Bool {
        // A head that is not in the repository was not merged, or not by a merge commit.
        guard let known = try? await ports.history.resolve(head) else { return false }
        return try await ports.history.commits(from: commit, to: known).isEmpty
    }
}
