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

    /// - Parameter verifiesAll: rehashes every cached file.
    package init(byteLimit: Int = standardByteLimit, verifiesAll: Bool) throws {
        let environment = ProcessInfo.processInfo.environment
        let host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: VariableList(environment))
        let groups = try Leftovers.collect(on: host)
        lines.append("control groups of sandboxes that are gone: \(groups.count) removed")
        guard let layout = CacheLayout.standard() else { return }
        _ = try TreeCache(layout: layout)
        let report = try CacheCollector(layout: layout).collect(
            byteLimit: byteLimit, verifiesAll: verifiesAll)
        lines.append(
            "cached trees: \(report.keptTrees) kept (\(report.keptBytes >> 20) MiB), "
                + "\(report.evicted.count) evicted, \(report.damaged.count) damaged and removed")
        lines.append("half-made entries of processes that are gone: \(report.abandoned) removed")
        lines.append("outdated git directories and quarantines: \(report.outdated) removed")
    }
}
