internal import Digests
internal import Foundation
internal import HTTPTypes
internal import JSONText
internal import Logging
internal import Orchestration
internal import RunModel
internal import RunStore
internal import Sandboxing
internal import Synchronization

/// What the routes of the E2B interface do.
final class E2BService: Sendable {
    let sandboxes: LiveSandboxes
    let shelf: SnapshotShelf
    let pool: WarmPool
    private let store: Store
    private let images: @Sendable () -> [E2BTemplate]
    /// Creates under way, by tenant and idempotency key.
    private let underWay = Mutex<[String: Making]>([:])

    private struct Making {
        /// Of the request that began it.
        var digest: String
        var task: Task<E2BSandbox, any Error>
    }

    /// What tenants have in use; those of living sandboxes are counted here.
    private let shares: TenantShares
    private let kept: KeptQuota
    private let log: Logger
    /// A closure in a structure, as in `LiveSandboxes`.
    private struct Listener {
        var sandboxEnded: @Sendable () async -> Void
    }
    private let listener = Mutex<Listener?>(nil)

    /// More than user ids can be had for.
    static let sandboxLimit = 4000
    /// What templates may be made of.
    static let profiles = ["build", "strict"]
    static let longestTimeoutSeconds = 24 * 3600

    init(
        sandboxes: LiveSandboxes, shelf: SnapshotShelf, store: Store, pool: WarmPool,
        shares: TenantShares, kept: KeptQuota, log: Logger,
        images: @escaping @Sendable () -> [E2BTemplate]
    ) {
        self.sandboxes = sandboxes
        self.shelf = shelf
        self.store = store
        self.pool = pool
        self.shares = shares
        self.kept = kept
        self.log = log
        self.images = images
        shares.follow { [sandboxes] tenant in sandboxes.share(of: tenant) }
        kept.follow { [shelf] tenant in shelf.bytes(of: tenant) }
    }

    /// Starts what makes sandboxes, and finds those of before again.
    ///
    /// - Parameter directory: of the service's state.
    convenience init(
        directory: String, sandboxes: LiveSandboxes, store: Store, shares: TenantShares,
        kept: KeptQuota, logger: Logger, images: @escaping @Sendable () -> [E2BTemplate]
    ) async throws {
        let shelf = SnapshotShelf(directory: directory + "/snapshots")
        try shelf.prepare()
        let pool = WarmPool(sandboxes: sandboxes, log: logger)
        await pool.endRemains()
        self.init(
            sandboxes: sandboxes, shelf: shelf, store: store, pool: pool, shares: shares,
            kept: kept, log: logger, images: images)
        sandboxes.onEnd { [weak self] record, reason in
            guard let self, let sandbox = E2BSandbox(record) else { return }
            Task { await self.announce("sandbox.ended", sandbox, reason: reason) }
        }
        Task { [weak pool] in
            while let pool, !Task.isCancelled {
                await pool.tend()
                try? await Task.sleep(for: .seconds(15))
            }
        }
    }

    /// - Parameter body: called when a sandbox has ended and its share is free.
    func onEnd(_ body: @escaping @Sendable () async -> Void) {
        listener.withLock { $0 = Listener(sandboxEnded: body) }
    }

    var templates: [E2BTemplate] { E2BTemplate.standard + images() }

    // MARK: Finding

    func sandbox(_ identifier: String, tenant: String) throws -> E2BSandbox {
        guard let record = sandboxes.record(identifier), let sandbox = E2BSandbox(record),
            sandbox.note.tenant == tenant
        else {
            throw ServiceError(
                .notFound, code: "not_found", message: "Sandbox \(identifier) was not found")
        }
        return sandbox
    }

    func sandboxes(of tenant: String) -> [E2BSandbox] {
        sandboxes.records.filter { $0.tenant == tenant }.compactMap(E2BSandbox.init)
    }

    // MARK: Making

    func create(_ wish: E2BCreateRequest, tenant: String) async throws -> E2BSandbox {
        guard let key = wish.idempotencyKey else { return try await make(wish, tenant: tenant) }
        if let known = sandboxes(of: tenant).first(where: { $0.note.idempotencyKey == key }) {
            guard known.note.requestDigest == wish.digest else { throw Self.otherRequest(key) }
            return known
        }
        let name = tenant + "\n" + key
        let making = underWay.withLock { underWay in
            if let making = underWay[name] { return making }
            let making = Making(
                digest: wish.digest, task: Task { try await self.make(wish, tenant: tenant) })
            underWay[name] = making
            return making
        }
        guard making.digest == wish.digest else { throw Self.otherRequest(key) }
        defer { underWay.withLock { $0[name] = nil } }
        return try await making.task.value
    }

    private static func otherRequest(_ key: String) -> ServiceError {
        .conflict("the Idempotency-Key \(key) came with another request before; use a new key")
    }

    private func make(_ wish: E2BCreateRequest, tenant: String) async throws -> E2BSandbox {
        let snapshot = shelf.find(named: wish.template, tenant: tenant)
        let base = snapshot?.template ?? wish.template
        guard let template = templates.first(where: { $0.name == base }) else {
            throw ServiceError(
                .notFound, code: "not_found",
                message: "there is no template \(wish.template); there are "
                    + templates.map(\.name).joined(separator: ", "))
        }
        var specification = LiveSpecification(identifier: "i" + RandomText.hexadecimal(bytes: 9))
        specification.profile = template.profile
        specification.image = template.image
        specification.environment = wish.environment.merging(
            [
                "E2B_SANDBOX": "true", "E2B_SANDBOX_ID": specification.identifier,
                "E2B_TEMPLATE_ID": wish.template,
            ]) { asked, _ in asked }
        let share = TenantShare(Self.limits(template))
        try await reserve(share, tenant: tenant)
        defer { shares.giveBack(share, tenant: tenant) }
        specification.account = SandboxAccount(name: "user", home: "/home/user")
        specification.hostName = "sandbox"
        specification.limits = Self.limits(template)
        specification.endsAtMilliseconds =
            Timestamps.nowMilliseconds + UInt64(wish.timeoutSeconds) * 1000
        specification.pausesAtEnd = wish.pausesAtEnd
        // A resolver's address, and nothing behind it until hosts are allowed.
        specification.usesGateway = wish.mayHaveNetwork
        var note = E2BNote(
            tenant: tenant, template: snapshot == nil ? template.name : wish.template,
            accessToken: RandomText.hexadecimal(bytes: 24))
        wish.fill(&note)
        if wish.hidesPorts { note.trafficToken = RandomText.hexadecimal(bytes: 24) }
        specification.note = note.json
        return try await make(specification, files: snapshot.map { shelf.files(of: $0.identifier) })
    }

    private static func limits(_ template: E2BTemplate) -> ResourceLimits {
        var limits = ResourceLimits()
        if template.profile == "build" {
            limits.memoryBytes = 2 << 30
            limits.cpus = 2
            limits.diskBytes = 4 << 30
        } else {
            limits.memoryBytes = 512 << 20
            limits.cpus = 1
            limits.diskBytes = 256 << 20
        }
        return limits
    }

    private func make(
        _ specification: LiveSpecification, files: String?
    ) async throws -> E2BSandbox {
        let record: LiveRecord
        do {
            // Where hosts are allowed the way out belongs to the making.
            let isPlain = E2BNote(specification.note)?.hosts.isEmpty == true
            if isPlain, let ready = await pool.take(like: specification) {
                record = ready
            } else {
                record = try await sandboxes.create(specification)
            }
        } catch let failure as LiveFailure {
            throw ServiceError(
                failure.code == .invalidArgument ? .badRequest : .serviceUnavailable,
                code: "sandbox_create_failed",
                message: "the sandbox was not made: \(failure.message)"
            )
        }
        do {
            if let files { try await sandboxes.restore(record.identifier, from: files) }
        } catch {
            try? await sandboxes.end(record.identifier, reason: "its files were not restored")
            throw error
        }
        guard let sandbox = E2BSandbox(record) else {
            throw ServiceError(
                .internalServerError, code: "sandbox_create_failed",
                message: "the sandbox lost its description")
        }
        Task { await announce("sandbox.started", sandbox, reason: "it was asked for") }
        return sandbox
    }

    /// Tells the tenant's webhooks; a store that cannot be written is the log's matter.
    private func announce(_ kind: String, _ sandbox: E2BSandbox, reason: String) async {
        if kind == "sandbox.ended" { await listener.withLock { $0 }?.sandboxEnded() }
        do {
            try await store.announce(
                kind, tenant: sandbox.note.tenant, time: WallClock.timestamp(),
                subject: ("sandbox", sandbox.identifier), reason: reason,
                details: sandbox.note.metadata.merging(
                    ["template": sandbox.note.template]) { $1 })
        } catch {
            log.error("not announced", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Shares

    /// Takes a part of the tenant's quotas, so that creates at the same time cannot exceed them.
    private func reserve(_ share: TenantShare, tenant: String) async throws {
        let quotas = try await store.tenant(tenant)?.quotas ?? TenantQuotas()
        guard sandboxes.count + share.sandboxes <= Self.sandboxLimit else {
            throw ServiceError(
                .serviceUnavailable, code: "sandbox_capacity_unavailable",
                message: "this machine has no place for another sandbox",
                headers: [.retryAfter: "5"])
        }
        if let excess = share.excess(over: quotas) {
            throw ServiceError.forbidden("this asks for more than your quota of \(excess)")
        }
        if let excess = shares.take(share, tenant: tenant, quotas: quotas) {
            throw ServiceError.tooManyRequests(
                "your \(excess) are in use", retryAfterSeconds: 5)
        }
    }

    // MARK: Changing

    func change(
        _ sandbox: E2BSandbox, _ operation: String, _ members: [(String, JSONValue?)]
    ) async throws -> E2BSandbox {
        try await translatingFailures {
            let answer = try await sandboxes.ask(sandbox.identifier, operation, members)
            sandboxes.note(answer, of: sandbox.identifier)
            return try self.sandbox(sandbox.identifier, tenant: sandbox.note.tenant)
        }
    }

    func setTimeout(_ sandbox: E2BSandbox, seconds: Int) async throws -> E2BSandbox {
        let end = Timestamps.nowMilliseconds + UInt64(seconds) * 1000
        return try await change(sandbox, "change", [("ends_at_ms", JSONValue(end))])
    }

    /// Lets a paused sandbox go on.
    func resume(_ sandbox: E2BSandbox, seconds: Int?) async throws -> E2BSandbox {
        let end = Timestamps.nowMilliseconds + UInt64(seconds ?? 300) * 1000
        return try await change(sandbox, "resume", [("ends_at_ms", JSONValue(end))])
    }

    // MARK: Copies

    /// - Throws: `QuotaExceeded` when its tenant may keep no more; a `ServiceError`.
    func snapshot(_ sandbox: E2BSandbox, name: String?) async throws -> SnapshotShelf.Snapshot {
        try await kept.check(sandbox.note.tenant)
        let snapshot = SnapshotShelf.Snapshot(
            identifier: "s" + RandomText.hexadecimal(bytes: 9), tenant: sandbox.note.tenant,
            name: name, sandbox: sandbox.identifier, template: baseTemplate(of: sandbox))
        try shelf.begin(snapshot.identifier)
        do {
            try await translatingFailures {
                try await sandboxes.archive(
                    sandbox.identifier, to: shelf.files(of: snapshot.identifier))
            }
            try shelf.publish(snapshot)
            // It may be large, and others were made at the same time.
            try await kept.check(sandbox.note.tenant)
        } catch {
            try? shelf.remove(snapshot.identifier)
            throw error
        }
        return snapshot
    }

    /// The template below a snapshot's: what its image and profile are.
    private func baseTemplate(of sandbox: E2BSandbox) -> String {
        if templates.contains(where: { $0.name == sandbox.note.template }) {
            return sandbox.note.template
        }
        return shelf.find(named: sandbox.note.template, tenant: sandbox.note.tenant)?.template
            ?? "base"
    }

    /// New sandboxes with a running one's files; each its own, or the reason why there is none.
    func makeForks(
        _ sandbox: E2BSandbox, count: Int, seconds: Int?
    ) async throws -> [Result<E2BSandbox, any Error>] {
        let tenant = sandbox.note.tenant
        let share = TenantShare(sandbox.record.specification.limits, sandboxes: count)
        try await reserve(share, tenant: tenant)
        defer { shares.giveBack(share, tenant: tenant) }
        let folder = "f" + RandomText.hexadecimal(bytes: 9)
        try shelf.begin(folder)
        defer { try? shelf.remove(folder) }
        let files = shelf.files(of: folder)
        try await translatingFailures { try await sandboxes.archive(sandbox.identifier, to: files) }
        let end = Timestamps.nowMilliseconds + UInt64(seconds ?? 300) * 1000
        return await withTaskGroup(of: Result<E2BSandbox, any Error>.self) { group in
            for _ in 0..<count {
                var specification = sandbox.record.specification
                specification.identifier = "i" + RandomText.hexadecimal(bytes: 9)
                specification.environment["E2B_SANDBOX_ID"] = specification.identifier
                specification.endsAtMilliseconds = end
                var note = sandbox.note
                note.accessToken = RandomText.hexadecimal(bytes: 24)
                note.trafficToken = note.trafficToken.map { _ in RandomText.hexadecimal(bytes: 24) }
                note.idempotencyKey = nil
                specification.note = note.json
                group.addTask { [specification] in
                    do { return .success(try await self.make(specification, files: files)) } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<E2BSandbox, any Error>] = []
            for await result in group { results.append(result) }
            return results
        }
    }
}
