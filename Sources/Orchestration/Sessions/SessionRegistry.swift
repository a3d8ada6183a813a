internal import RunModel
package import RunStore

/// Sessions with their owners: what the worktrees themselves do not know.
package struct SessionRegistry: Sendable {
    private let workbench: any SessionWork
    private let store: Store
    private let kept: KeptQuota

    package init(workbench: any SessionWork, store: Store, kept: KeptQuota) {
        self.workbench = workbench
        self.store = store
        self.kept = kept
    }

    /// - Parameter repository: as its owner names it.
    /// - Throws: `QuotaExceeded` when its owner may have no more; whatever the work throws.
    package func open(
        repository: String, revision: String, tenant: String
    ) async throws -> ServiceSessionRecord {
        try await kept.check(tenant, sessions: 1)
        let (id, base) = try await workbench.open(
            repository: repository, revision: revision, tenant: tenant)
        let record = ServiceSessionRecord(
            id: id, tenant: tenant, repository: repository, revision: revision, base: base,
            createdAt: WallClock.timestamp())
        do {
            try await store.insert(session: record)
            // Others were opened at the same time.
            try await kept.check(tenant)
        } catch {
            try await close(id)
            throw error
        }
        return record
    }

    /// The forks belong to whom the session belongs to.
    package func makeForks(of session: String, count: Int) async throws -> [ServiceSessionRecord] {
        let record = try await find(session)
        try await kept.check(record.tenant, sessions: count)
        let names = try await workbench.makeForks(of: session, count: count)
        var forks: [ServiceSessionRecord] = []
        for name in names { forks.append(try await keep(fork: name, of: record)) }
        do { try await kept.check(record.tenant) } catch {
            for name in names { try await close(name) }
            throw error
        }
        return forks
    }

    private func find(_ session: String) async throws -> ServiceSessionRecord {
        if let record = try await store.session(session, tenant: nil) { return record }
        throw PortError(
            operation: "forking", subject: session, reason: "there is no such session",
            remedy: "Open one first")
    }

    private func keep(
        fork id: String, of origin: ServiceSessionRecord
    ) async throws -> ServiceSessionRecord {
        var record = origin
        record.id = id
        record.createdAt = WallClock.timestamp()
        try await store.insert(session: record)
        return record
    }

    package func close(_ session: String) async throws {
        // First what it is, then who knows of it: what is cut off in between is closed again.
        try await workbench.close(session)
        try await store.remove(session: session)
    }
}
