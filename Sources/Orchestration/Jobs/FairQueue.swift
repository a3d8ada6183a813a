/// Which job is next: every tenant in turn, each tenant's jobs in their order. Bounded.
package struct FairQueue: Sendable {
    package struct Entry: Sendable, Equatable {
        package var job: String
        package var tenant: String
    }

    /// Over all tenants, and for one.
    package let limit: Int
    package let tenantLimit: Int
    private var waiting: [String: [String]] = [:]
    /// Tenants that wait, the next one first.
    private var turn: [String] = []

    package init(limit: Int, tenantLimit: Int) {
        self.limit = limit
        self.tenantLimit = tenantLimit
    }

    package var count: Int { waiting.values.reduce(0) { $0 + $1.count } }

    /// - Returns: whether there was room.
    package mutating func add(_ job: String, tenant: String, isForced: Bool = false) -> Bool {
        let own = waiting[tenant]?.count ?? 0
        guard isForced || (count < limit && own < tenantLimit) else { return false }
        waiting[tenant, default: []].append(job)
        if !turn.contains(tenant) { turn.append(tenant) }
        return true
    }

    /// - Parameter mayRun: whether the tenant has room for its next job; asked of one tenant after
    ///   the other until one has.
    package mutating func next(mayRun: (Entry) -> Bool) -> Entry? {
        let index = turn.firstIndex { tenant in
            waiting[tenant]?.first.map { mayRun(Entry(job: $0, tenant: tenant)) } ?? false
        }
        guard let index else { return nil }
        let tenant = turn.remove(at: index)
        guard var jobs = waiting[tenant], !jobs.isEmpty else { return nil }
        let job = jobs.removeFirst()
        waiting[tenant] = jobs.isEmpty ? nil : jobs
        if !jobs.isEmpty { turn.append(tenant) }
        return Entry(job: job, tenant: tenant)
    }

    package mutating func remove(_ job: String) -> Bool {
        for (tenant, jobs) in waiting {
            guard let index = jobs.firstIndex(of: job) else { continue }
            var rest = jobs
            rest.remove(at: index)
            waiting[tenant] = rest.isEmpty ? nil : rest
            if rest.isEmpty { turn.removeAll { $0 == tenant } }
            return true
        }
        return false
    }

    /// How many jobs come before this one, itself included: 1 is the next. `nil`: it does not wait.
    package func position(of job: String) -> Int? {
        var copy = self
        var position = 0
        while let entry = copy.next(mayRun: { _ in true }) {
            position += 1
            if entry.job == job { return position }
        }
        return nil
    }

    /// All of one tenant's, or all, in the order in which they will come.
    package var order: [Entry] {
        var copy = self
        var order: [Entry] = []
        while let entry = copy.next(mayRun: { _ in true }) { order.append(entry) }
        return order
    }
}

/// There is no room for one more job.
package struct QueueFull: Error, Sendable, Equatable, CustomStringConvertible {
    package var waiting: Int
    package var retryAfterSeconds: Int

    package var description: String { "\(waiting) jobs wait already" }
}
