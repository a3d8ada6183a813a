package import RunModel
package import RunStore
internal import Synchronization

/// What some of a tenant's work takes of the machine.
package struct TenantShare: Sendable, Equatable {
    package var sandboxes = 0
    package var cpus = 0.0
    package var memoryBytes = 0
    package var diskBytes = 0

    package init() {}

    /// - Parameter limits: what a sandbox may take at most counts, not what it takes: a promise that
    ///   was given must be kept.
    package init(_ limits: ResourceLimits, sandboxes: Int = 1) {
        let count = Double(sandboxes)
        func total(_ bytes: UInt64?) -> Int { Int(clamping: bytes ?? 0) * sandboxes }
        self.sandboxes = sandboxes
        cpus = (limits.cpus ?? 0) * count
        memoryBytes = total(limits.memoryBytes)
        diskBytes = total(limits.diskBytes)
    }

    package static func + (left: TenantShare, right: TenantShare) -> TenantShare {
        var sum = left
        sum.sandboxes += right.sandboxes
        sum.cpus += right.cpus
        sum.memoryBytes += right.memoryBytes
        sum.diskBytes += right.diskBytes
        return sum
    }

    fileprivate static func - (left: TenantShare, right: TenantShare) -> TenantShare {
        var rest = left
        rest.sandboxes -= right.sandboxes
        rest.cpus -= right.cpus
        rest.memoryBytes -= right.memoryBytes
        rest.diskBytes -= right.diskBytes
        return rest
    }

    /// What of it is more than the quotas grant, in words; `nil` when all of it fits.
    package func excess(over quotas: TenantQuotas) -> String? {
        if let limit = quotas.sandboxes, sandboxes > limit { return "\(limit) sandboxes" }
        if let limit = quotas.cpus, cpus > limit + 0.0001 { return "\(limit) processors" }
        if let limit = quotas.memoryBytes, memoryBytes > limit {
            return "\(Quantity.describe(bytes: UInt64(clamping: limit))) of memory"
        }
        if let limit = quotas.diskBytes, diskBytes > limit {
            return "\(Quantity.describe(bytes: UInt64(clamping: limit))) of disk"
        }
        return nil
    }
}

/// What every tenant has in use: jobs that run, sandboxes that live, and those being made.
///
/// Taking is one step under one lock, so that requests at the same time cannot exceed a quota.
package final class TenantShares: Sendable {
    private let taken = Mutex<[String: TenantShare]>([:])
    /// A closure in a structure, as in `LiveSandboxes`.
    private struct Living {
        var share: @Sendable (String) -> TenantShare
    }
    private let living = Mutex<Living?>(nil)

    package init() {}

    /// - Parameter living: what a tenant's living sandboxes take; asked under the lock, and so must
    ///   not call back.
    package func follow(living: @escaping @Sendable (String) -> TenantShare) {
        self.living.withLock { $0 = Living(share: living) }
    }

    /// - Returns: the quota that stands against it, in words; `nil` when it was taken.
    package func take(
        _ share: TenantShare, tenant: String, quotas: TenantQuotas
    ) -> String? {
        let living = living.withLock { $0 }
        return taken.withLock { taken in
            let own = taken[tenant] ?? TenantShare()
            let all = own + share + (living?.share(tenant) ?? TenantShare())
            if let excess = all.excess(over: quotas) { return excess }
            taken[tenant] = own + share
            return nil
        }
    }

    package func giveBack(_ share: TenantShare, tenant: String) {
        taken.withLock { taken in
            let rest = (taken[tenant] ?? TenantShare()) - share
            taken[tenant] = rest.sandboxes > 0 ? rest : nil
        }
    }

    package func inUse(by tenant: String) -> TenantShare {
        let living = living.withLock { $0 }
        return taken.withLock {
            ($0[tenant] ?? TenantShare()) + (living?.share(tenant) ?? TenantShare())
        }
    }
}

/// Something would be more than a quota of its tenant's.
package struct QuotaExceeded: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
    /// Whether it can ever fit, so that waiting makes sense.
    package var mayFitLater: Bool
}
