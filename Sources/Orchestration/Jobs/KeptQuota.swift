internal import RunModel
package import RunStore
internal import Synchronization

/// What a tenant may keep beyond its runs: open sessions, and the disk that they and snapshots take.
package final class KeptQuota: Sendable {
    private let store: Store
    private let work: any SessionWork
    /// A closure in a structure, as in `LiveSandboxes`.
    private struct Snapshots {
        var bytes: @Sendable (String) -> Int
    }
    private let snapshots = Mutex<Snapshots?>(nil)

    package init(store: Store, work: any SessionWork) {
        self.store = store
        self.work = work
    }

    /// - Parameter snapshots: the bytes that a tenant's snapshots of sandboxes take.
    package func follow(snapshots: @escaping @Sendable (String) -> Int) {
        self.snapshots.withLock { $0 = Snapshots(bytes: snapshots) }
    }

    /// - Parameter sessions: that are to be opened.
    /// - Throws: `QuotaExceeded` when there is no room for more.
    package func check(_ tenant: String, sessions: Int = 0) async throws {
        guard let quotas = try await store.tenant(tenant)?.quotas else { return }
        if let limit = quotas.sessions {
            let open = try await store.sessions(tenant: tenant).count
            guard open + sessions <= limit else {
                throw QuotaExceeded(
                    description:
                        "\(open) of your \(limit) sessions are open; close what is not needed",
                    mayFitLater: true)
            }
        }
        if let limit = quotas.keptBytes {
            let kept = try await bytes(of: tenant)
            guard kept < limit else {
                throw QuotaExceeded(
                    description:
                        "your sessions and snapshots take \(Self.text(kept)) of your \(Self.text(limit)); close or remove what is not needed",
                    mayFitLater: true)
            }
        }
    }

    private func bytes(of tenant: String) async throws -> Int {
        let snapshots = snapshots.withLock { $0 }
        var bytes = snapshots?.bytes(tenant) ?? 0
        for session in try await store.sessions(tenant: tenant) {
            // One that is closed meanwhile takes nothing.
            bytes += (try? await work.bytes(of: session.id)) ?? 0
        }
        return bytes
    }

    private static func text(_ bytes: Int) -> String {
        Quantity.describe(bytes: UInt64(clamping: bytes))
    }
}
