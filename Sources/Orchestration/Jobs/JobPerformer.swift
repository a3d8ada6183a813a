internal import Foundation
internal import JSONText
internal import RunModel
package import RunStore
internal import Sandboxing
internal import Synchronization
internal import Telemetry
internal import Verification

/// Performs jobs with the real mechanisms.
package struct JobPerformer: JobPerforming {
    package let workbench: Workbench
    package let store: Store
    package let repositories: any RepositoryDirectory
    package let state: StateDirectory

    package init(
        workbench: Workbench, store: Store, repositories: any RepositoryDirectory,
        state: StateDirectory
    ) {
        self.workbench = workbench
        self.store = store
        self.repositories = repositories
        self.state = state
    }

    package func perform(_ job: JobContext) async throws -> String {
        if !repositories.isOperators { try JobPlan.check(job.request) }
        if let session = job.request.session {
            guard try await store.session(session, tenant: job.tenant) != nil else {
                throw PortError(
                    operation: "finding", subject: "session \(session)",
                    reason: "there is no such session", remedy: "Open one first")
            }
        }
        switch job.request.kind {
        case .run: return try await run(job)
        case .test: return try await test(job)
        case .gate: return try await gate(job)
        case .verify: return try await verify(job)
        case .triage: return try await triage(job)
        case .heal: return try await heal(job)
        case .submit: return try await Submitting(performer: self, job: job).submit()
        }
    }

    private func run(_ job: JobContext) async throws -> String {
        let request = job.request
        var work = WorkRun(request.command ?? [])
        work.session = request.session
        work.repository = try await repository(job, isOptional: true)
        work.revision = request.revision
        work.environment = request.environment ?? [:]
        work.standardInput = Array((request.standardInput ?? "").utf8)
        work.workingDirectory = request.workingDirectory ?? ""
        work.network = request.network ?? "none"
        work.profile = request.profile ?? "build"
        if let limits = request.limits {
            var all = ResourceLimits.standard
            all.override(with: limits)
            work.limits = all
        }
        let (output, usage) = (job.output, job.usage)
        let meter = Mutex(UsageMeter())
        let result = try await workbench.run(work) { stream, bytes in
            output(stream == .standardOutput ? "stdout" : "stderr", bytes)
        } onUsage: { sample in
            usage(meter.withLock { $0.add(sample) })
        }
        if let patch = result.patch, !patch.isEmpty {
            try job.keep("patch.diff", patch)
        }
        try job.keep("stdout.log", result.standardOutput)
        try job.keep("stderr.log", result.standardError)
        return try JSONTextEncoder.encode(result.report)
    }

    private func test(_ job: JobContext) async throws -> String {
        guard let session = job.request.session else { throw Self.missing("session") }
        let run = try await workbench.test(session, tests: job.request.tests)
        job.output("stdout", Array(run.consoleTail.utf8)[...])
        let results = run.judged
        return JSONValue.object([
            .init("schema", "drydock.test/v1"),
            .init("outcome", .string(run.report.outcome.rawValue)),
            .init("exit_code", run.report.exitCode.map { JSONValue($0) } ?? .null),
            .init("passed", .array(results.passing.sorted().map { .string($0) })),
            .init("failed", .array(results.failing.sorted().map { .string($0) })),
        ]).text()
    }

    private func gate(_ job: JobContext) async throws -> String {
        let request = job.request
        if let session = request.session {
            return try JSONTextEncoder.encode(
                try await workbench.gate(session, policy: request.policy))
        }
        guard let base = request.base, let head = request.head,
            let path = try await repository(job)
        else { throw Self.missing("session, or repository, base and head") }
        return try JSONTextEncoder.encode(
            try await workbench.gate(
                repository: path, base: base, head: head, policy: request.policy))
    }

    private func verify(_ job: JobContext) async throws -> String {
        let request = job.request
        if let session = request.session {
            return try JSONTextEncoder.encode(
                try await workbench.verify(
                    session, tests: request.tests ?? [], repeats: request.repeats ?? 3))
        }
        guard let base = request.base, let head = request.head,
            let path = try await repository(job)
        else { throw Self.missing("session, or repository, base and head") }
        var verify = VerifyRequest(
            repository: path, base: base, head: head,
            today: String(WallClock.timestamp().prefix(10)), now: WallClock.timestamp())
        verify.good = request.good
        verify.tests = request.tests ?? []
        verify.repeats = request.repeats ?? 3
        let folder = state.path + "/making-" + job.id
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let attestation = folder + "/attestation.json"
        verify.attestation = attestation
        var report = try await VerifyCoordinator.verify(
            verify, host: workbench.host, operatorFiles: workbench.operatorFiles)
        // Where the service keeps it is nobody's business: it is an artifact of the job.
        if report.attestation != nil {
            report.attestation = "attestation.json"
            try job.keep(
                "attestation.json", Array(try Data(contentsOf: URL(filePath: attestation))))
        }
        return try JSONTextEncoder.encode(report)
    }

    private func triage(_ job: JobContext) async throws -> String {
        let request = job.request
        guard let good = request.good, let bad = request.bad,
            let path = try await repository(job)
        else { throw Self.missing("repository, good and bad") }
        var options = TriageOptions()
        options.tests = request.tests
        options.baselines = store
        if let repeats = request.repeats { options.repeats = repeats }
        return try JSONTextEncoder.encode(
            try await TriageCoordinator.triage(
                TriageRequest(repository: path, good: good, bad: bad, options: options),
                host: workbench.host, operatorFiles: workbench.operatorFiles))
    }

    private func heal(_ job: JobContext) async throws -> String {
        guard let path = try await repository(job) else { throw Self.missing("repository") }
        var options = HealOptions(repository: try HealSession.root(of: path))
        options.good = job.request.good
        if let bad = job.request.bad { options.bad = bad }
        options.isDryRun = job.request.isDryRun ?? false
        if let forge = job.request.forge { options.forge = forge }
        options.event = job.request.event
        // What is left of the tenant's month bounds what this incident may still cost.
        if let limit = try await store.tenant(job.tenant)?.quotas.spendUSD {
            let spent = try await store.spentUSD(
                tenant: job.tenant, month: String(WallClock.timestamp().prefix(7)))
            options.spendingLimitUSD = max(0, limit - spent)
        }
        var environment = ProcessInfo.processInfo.environment
        environment[TraceParent.variable] = JobTrace.context(of: job.id).text
        let session = HealSession(state: state, store: store, environment: environment)
        let progress = job.progress
        let owned = Mutex(Set<String>())
        let observe: @Sendable (String, HealEvent) async -> Void = { incident, event in
            // From its first event on, so that what it costs is counted also when this is killed.
            if owned.withLock({ $0.insert(incident).inserted }) {
                try? await store.own(incident: incident, tenant: job.tenant, job: job.id)
            }
            if let line = event.summary { progress(line) }
        }
        let report: HealReport
        if let incident = job.request.incident {
            // What the store says of an incident leads to no repository but the one that was named:
            // the part that parses requests writes the store too.
            let record = try await store.incident(incident)
            guard record.repository == options.repository else {
                throw JobPlanError("\(incident) is no incident of this repository")
            }
            // What waits for a decision goes on once there is one.
            report =
                record.status == .awaitingApproval
                ? try await session.resume(incident: record.id, observe: observe)
                : try await session.hear(incident: record.id, observe: observe)
        } else {
            report = try await session.heal(options, observe: observe)
        }
        if let incident = report.incident {
            try await store.own(incident: incident, tenant: job.tenant, job: job.id)
        }
        return try JSONTextEncoder.encode(report)
    }

    func repository(_ job: JobContext, isOptional: Bool = false) async throws -> String? {
        guard let name = job.request.repository else { return nil }
        return try await repositories.path(ofRepository: name, tenant: job.tenant)
    }

    static func missing(_ what: String) -> PortError {
        PortError(
            operation: "reading", subject: "the request", reason: "\(what) is missing",
            remedy: "Say it")
    }
}
