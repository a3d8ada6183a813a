internal import Foundation
internal import RunModel
internal import RunStore

/// How long the service keeps jobs with their logs and artifacts, and how much of them.
package struct Retention: Sendable {
    package var ageMilliseconds: UInt64 = 30 * 24 * 3_600_000
    package var artifactBytes = 20 << 30

    package init() {}

    /// Removes jobs that ended too long ago, then the oldest until what is left fits.
    ///
    /// - Returns: one line for the reader; `nil` when there is no service's state.
    package func collect(data directory: String?) async throws -> String? {
        let path: String
        if let directory { path = directory } else { path = try StateDirectory.standard().path }
        let state = StateDirectory(path: path)
        guard FileManager.default.fileExists(atPath: state.store) else { return nil }
        let store = try Store(path: state.store)
        let artifacts = Artifacts(state: state)
        let oldest = Date(timeIntervalSinceNow: -Double(ageMilliseconds) / 1000)
            .formatted(.iso8601)
        var bytes = try Dictionary(
            artifacts.sizes().map { ($0.job, $0.bytes) }, uniquingKeysWith: +)
        var total = bytes.values.reduce(0, +)
        var (removed, freed) = (0, 0)
        let over = try await store.jobs(
            tenant: nil, states: [.ended, .failed, .cancelled], limit: 1_000_000)
        for job in over.reversed() {
            let isOld = (job.endedAt ?? job.createdAt) < oldest
            let size = bytes[job.id] ?? 0
            guard isOld || (total > artifactBytes && size > 0) else { continue }
            try await store.remove(job: job.id)
            try artifacts.remove(job: job.id)
            bytes[job.id] = nil
            total -= size
            removed += 1
            freed += size
        }
        // Folders whose job is gone: removed by a process that was killed in between.
        for job in bytes.keys where try await store.job(job, tenant: nil) == nil {
            try artifacts.remove(job: job)
            freed += bytes[job] ?? 0
        }
        return
            "jobs: removed \(removed), freed \(Quantity.describe(bytes: UInt64(max(freed, 0)))), "
            + "\(over.count - removed) kept with \(Quantity.describe(bytes: UInt64(max(total, 0))))"
    }
}
