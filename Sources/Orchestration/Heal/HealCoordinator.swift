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
        // Two events, and a process may end between them.
        if driver.isEmpty { try await driver.record(.begun(request)) }
        if driver.isUndetected { try await driver.record(.detected(detection)) }
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
                branch: (request.isDryRun ? "dry-run:" : "")
                    + (request.project.map { "\($0):" } ?? "") + request.targetBranch,
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
            case .open, .awaitingApproval: return incident
            case .pullRequest, .escalated:
                let driver = try await IncidentDriver(incident: incident, coordinator: self)
                let isRetried = try await obeyCommands(driver)
                if !isRetried, try await isToBeKept(incident, request) { return incident }
                // A human's retry ends this round; one that only came back stays as it was.
                try await store.release(
                    incident: incident.id, status: isRetried ? .closed : incident.status,
                    time: incident.updatedAt)
            case .skipped, .closed:
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

    /// Whether what an incident came to still answers this failure, after people were heard.
    private func isToBeKept(
        _ incident: IncidentRecord, _ request: HealRequest
    ) async throws -> Bool {
        let driver = try await IncidentDriver(incident: incident, coordinator: self)
        if driver.state?.isStopped == true { return true }
        if incident.status == .pullRequest { return true }
        // A fixer that was not asked then may know what those that were did not.
        let asked = Set(driver.state?.request.fixers ?? [])
        guard Set(request.fixers).isSubset(of: asked) else { return false }
        return try await isSameCommit(incident, request)
    }
}
