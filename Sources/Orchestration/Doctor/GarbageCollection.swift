internal import Egress
internal import Foundation
internal import GitWorktrees
internal import Sandboxing
internal import WorktreeLookup

/// Removes what killed processes left, and keeps the cache within its size.
package struct GarbageCollection {
    /// What was done, in words, a line each.
    package var lines: [String] = []

    /// The tree cache's size unless told otherwise.
    package static let standardByteLimit = 20 << 30

    /// How long a session is kept after its last use unless told otherwise.
    package static let standardSessionMilliseconds: UInt64 = 14 * 24 * 3_600_000

    /// - Parameters:
    ///   - verifiesAll: rehashes every cached file.
    ///   - sessionMilliseconds: sessions that nobody used for so long go.
    package init(
        byteLimit: Int = standardByteLimit, verifiesAll: Bool,
        sessionMilliseconds: UInt64 = standardSessionMilliseconds
    ) throws {
        let environment = ProcessInfo.processInfo.environment
        let host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: VariableList(environment))
        let groups = try Leftovers.collect(on: host)
        lines.append("control groups of sandboxes that are gone: \(groups.count) removed")
        lines.append(
            "folders of runs that are gone: \(RunFolder.removeAbandoned()) removed")
        let repositories = try collectSessions(sessionMilliseconds)
        guard let layout = CacheLayout.standard() else { return }
        _ = try TreeCache(layout: layout)
        let report = try CacheCollector(layout: layout).collect(
            byteLimit: byteLimit, verifiesAll: verifiesAll, keepingQuarantinesOf: repositories)
        lines.append(
            "cached trees: \(report.keptTrees) kept (\(report.keptBytes >> 20) MiB), "
                + "\(report.evicted.count) evicted, \(report.damaged.count) damaged and removed")
        lines.append("half-made entries of processes that are gone: \(report.abandoned) removed")
        lines.append("outdated git directories and quarantines: \(report.outdated) removed")
    }

    private mutating func collectSessions(_ milliseconds: UInt64) throws -> Set<String> {
        let store = try SessionStore(root: StateDirectory.standard().path)
        let age = Int(clamping: milliseconds / 1000)
        let report = try store.collect(unusedSince: Int(Date().timeIntervalSince1970) - age)
        lines.append(
            "sessions: \(report.kept.count) kept, \(report.expired.count) expired and removed, "
                + "\(report.removedLayers) layers removed")
        lines += report.kept.map { "  kept \($0)" } + report.expired.map { "  removed \($0)" }
        lines += report.damaged.map {
            "  damaged \($0): its state cannot be read; it goes when it expires"
        }
        return report.repositories
    }
}
