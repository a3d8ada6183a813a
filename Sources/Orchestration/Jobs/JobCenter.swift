internal import Digests
internal import Foundation
internal import JSONText
internal import RunModel
package import RunStore
internal import Synchronization

/// Takes jobs, lets them wait their turn, performs them, and remembers everything that happens.
///
/// A job is in the store before its caller hears of it, so that none is lost when the process is
/// killed: `recover` goes on where it stopped.
package actor JobCenter {
    package struct Bounds: Sendable {
        /// Jobs at once, over all tenants.
        package var workers = 4
        package var queue = 1000
        package var queuePerTenant = 200

        package init() {}
    }

    package nonisolated let store: Store
    private let performer: any JobPerforming
    private let artifacts: Artifacts
    private let bounds: Bounds
    private let quotas: @Sendable (String) async -> TenantQuotas
    private var queue: FairQueue
    private var running: [String: Task<Void, Never>] = [:]
    /// What running jobs took of their tenants' quotas.
    private var sharesOfRunning: [String: TenantShare] = [:]
    private var tenantQuotas: [String: TenantQuotas] = [:]
    private var sharesOfWaiting: [String: TenantShare] = [:]
    package nonisolated let shares = TenantShares()
    package nonisolated let kept: KeptQuota
    private var isDraining = false
    /// How long a job takes, over the last ones.
    private var averageMilliseconds = 2000.0
    package nonisolated let signal = EventSignal()

    package init(
        store: Store, performer: any JobPerforming, artifacts: Artifacts,
        bounds: Bounds = Bounds(), kept: KeptQuota,
        quotas: @escaping @Sendable (String) async -> TenantQuotas = { _ in TenantQuotas() }
    ) {
        self.store = store
        self.performer = performer
        self.artifacts = artifacts
        self.bounds = bounds
        self.kept = kept
        self.quotas = quotas
        queue = FairQueue(limit: bounds.queue, tenantLimit: bounds.queuePerTenant)
    }

    /// What waits and what runs.
    package struct Load: Sendable, Equatable {
        package var workers: Int
        package var running: Int
        package var waiting: Int
        package var averageMilliseconds: Double
    }

    package var load: Load {
        Load(
            workers: bounds.workers, running: running.count, waiting: queue.count,
            averageMilliseconds: averageMilliseconds)
    }

    /// The load as it was when it last changed, for who cannot wait.
    package nonisolated var lately: Load { loadMirror.withLock { $0 } }
    private nonisolated let loadMirror = Mutex(
        Load(workers: 0, running: 0, waiting: 0, averageMilliseconds: 0))

    private func mirrorLoad() {
        let now = load
        loadMirror.withLock { $0 = now }
    }

    /// Where a waiting job stands, and how long it will probably wait.
    package func place(of job: String) -> (position: Int, expectedWaitMilliseconds: Int)? {
        guard let position = queue.position(of: job) else { return nil }
        return (position, expectedWait(position))
    }

    private func expectedWait(_ position: Int) -> Int {
        Int(averageMilliseconds * Double(position) / Double(bounds.workers))
    }

    // MARK: Taking

    /// - Parameter idempotencyKey: the same key with the same request gives the same job.
    /// - Throws: `QueueFull`; `RunStoreError` with `conflict` for a key with another request.
    package func submit(
        _ request: JobRequest, tenant: String, idempotencyKey: String? = nil
    ) async throws -> (job: JobRecord, isNew: Bool) {
        let text = try JSONTextEncoder.encode(request, layout: .canonical)
        let job = JobRecord(
            id: "job-" + Self.randomName(), tenant: tenant, kind: request.kind.rawValue,
            title: String(request.summary.prefix(300)), request: text,
            idempotencyKey: idempotencyKey, requestDigest: SHA256Digest(of: text).hexadecimal,
            createdAt: WallClock.timestamp())
        // Who asks again for what was taken is told of that, whatever the quotas and the queue say now.
        if idempotencyKey != nil, let known = try await store.known(job: job) {
            return (known, false)
        }
        let granted = await quotas(tenant)
        tenantQuotas[tenant] = granted
        let share = request.share
        if let excess = share.excess(over: granted) {
            throw QuotaExceeded(
                description: "this asks for more than your quota of \(excess)", mayFitLater: false)
        }
        if request.session != nil { try await kept.check(tenant) }
        if request.kind == .heal { try await checkSpending(of: tenant, granted) }
        guard queue.count < bounds.queue, !isDraining else {
            throw full
        }
        let (kept, isNew) = try await store.insert(job: job)
        guard isNew else { return (kept, false) }
        guard queue.add(job.id, tenant: tenant) else {
            try await store.remove(queued: job.id)
            throw full
        }
        sharesOfWaiting[job.id] = share
        let position = queue.position(of: job.id) ?? 1
        let event = JobEvent(
            job: job.id, tenant: tenant, kind: "queued", time: job.createdAt,
            payload: JSONValue.object([
                .init("position", JSONValue(position)),
                .init("expected_wait_ms", JSONValue(expectedWait(position))),
            ]).text())
        try await store.append(jobEvents: [event])
        signal.notify()
        startNext()
        return (kept, true)
    }

    private var full: QueueFull {
        QueueFull(
            waiting: queue.count,
            retryAfterSeconds: max(1, expectedWait(max(1, queue.count)) / 1000))
    }

    /// After a restart: what waited waits again; what was cut off is begun again when that does no
    /// harm, and fails otherwise.
    package func recover() async throws {
        for job in try await store.jobs(tenant: nil, states: [.running], limit: 100_000).reversed()
        {
            let request = try? JSONDecoder().decode(
                JobRequest.self, from: Data(job.request.utf8))
            if let request, request.canBeginAgain, job.attempts < 3 {
                await expect(job, request)
                _ = queue.add(job.id, tenant: job.tenant, isForced: true)
            } else {
                try await store.end(
                    job: job.id, state: .failed, document: nil,
                    error: "the service was stopped while this ran",
                    event: Self.last(
                        job, "failed", ["error": "the service was stopped while this ran"]))
            }
        }
        for job in try await store.jobs(tenant: nil, states: [.queued], limit: 100_000).reversed() {
            let request = try? JSONDecoder().decode(JobRequest.self, from: Data(job.request.utf8))
            await expect(job, request)
            _ = queue.add(job.id, tenant: job.tenant, isForced: true)
        }
        startNext()
    }

    private func expect(_ job: JobRecord, _ request: JobRequest?) async {
        sharesOfWaiting[job.id] = request?.share ?? TenantShare(.standard)
        if tenantQuotas[job.tenant] == nil { tenantQuotas[job.tenant] = await quotas(job.tenant) }
    }

    private func checkSpending(of tenant: String, _ granted: TenantQuotas) async throws {
        guard let limit = granted.spendUSD else { return }
        let spent = try await store.spentUSD(
            tenant: tenant, month: String(WallClock.timestamp().prefix(7)))
        guard spent < limit else {
            throw QuotaExceeded(
                description: "the \(limit) US dollars of this month are spent", mayFitLater: false)
        }
    }

    // MARK: Performing

    private func startNext() {
        defer { mirrorLoad() }
        while !isDraining, running.count < bounds.workers {
            var taken = TenantShare()
            // The first job of each tenant in turn, where its tenant's quotas have room for it.
            let entry = queue.next { entry in
                taken = sharesOfWaiting[entry.job] ?? TenantShare(.standard)
                return shares.take(
                    taken, tenant: entry.tenant,
                    quotas: tenantQuotas[entry.tenant] ?? TenantQuotas()) == nil
            }
            guard let entry else { return }
            sharesOfWaiting[entry.job] = nil
            sharesOfRunning[entry.job] = taken
            running[entry.job] = Task { await perform(entry) }
        }
    }

    /// Looks again: what stood in the way, such as a sandbox, is gone.
    package func lookAgain() { startNext() }

    private func perform(_ entry: FairQueue.Entry) async {
        let start = ContinuousClock.now
        await JobRun(
            store: store, performer: performer, signal: signal, artifacts: artifacts
        ).perform(entry.job)
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        averageMilliseconds = averageMilliseconds * 0.8 + milliseconds * 0.2
        running[entry.job] = nil
        if let share = sharesOfRunning.removeValue(forKey: entry.job) {
            shares.giveBack(share, tenant: entry.tenant)
        }
        startNext()
    }

    /// Ends a job; one that is over stays as it is.
    package func cancel(_ id: String) async throws {
        if let task = running[id] {
            task.cancel()
            return
        }
        guard queue.remove(id) else { return }
        sharesOfWaiting[id] = nil
        guard let job = try await store.job(id, tenant: nil) else { return }
        try await store.end(
            job: id, state: .cancelled, document: nil, error: "cancelled before it began",
            event: Self.last(job, "cancelled", ["error": "cancelled before it began"]))
        signal.notify()
    }

    /// Begins nothing more, and waits for what runs.
    package func drain() async {
        isDraining = true
        for task in running.values { await task.value }
    }

    /// The job when it is over. Cancelling the caller does not cancel the job.
    package func wait(for id: String) async throws -> JobRecord {
        while true {
            let seen = signal.count
            if let job = try await store.job(id, tenant: nil), job.state.isFinal { return job }
            try await signal.wait(beyond: seen)
        }
    }

    static func last(_ job: JobRecord, _ kind: String, _ payload: JSONValue) -> JobEvent {
        JobEvent(
            job: job.id, tenant: job.tenant, kind: kind, time: WallClock.timestamp(),
            payload: payload.text())
    }

    private static func randomName() -> String {
        Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: .min ... .max) })
    }
}

extension JobRequest {
    /// What it takes of its tenant's quotas: one sandbox at a time.
    var share: TenantShare {
        var all = ResourceLimits.standard
        if let limits { all.override(with: limits) }
        return TenantShare(all)
    }

    /// Whether beginning it a second time, after it was cut off, does what was asked for once: it
    /// works in sandboxes of its own only.
    var canBeginAgain: Bool {
        switch kind {
        case .run: session == nil
        case .test, .gate, .verify, .triage: true
        case .heal, .submit: false
        }
    }
}
