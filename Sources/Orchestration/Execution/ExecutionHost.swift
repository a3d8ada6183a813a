internal import Foundation
package import GitWorktrees
package import RunModel
package import Sandboxing
internal import SeccompCompiler
internal import Synchronization
internal import WorktreeLookup

/// What all runs of this process share: the host's facts, compiled profiles, the tree cache.
package final class ExecutionHost: Sendable {
    package let sandboxes: SandboxHost
    package let trees: TreeCache
    private let compiler: ProfileCompiler
    private let profiles = Mutex<[String: CompiledProfile]>([:])

    package init() throws {
        let environment = ProcessInfo.processInfo.environment
        sandboxes = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: VariableList(environment))
        guard let layout = CacheLayout.standard() else {
            throw PortError(
                operation: "open", subject: "the cache",
                reason: "neither XDG_CACHE_HOME nor HOME is set",
                remedy: "Set HOME")
        }
        trees = try TreeCache(layout: layout)
        compiler = ProfileCompiler(library: try ShippedPolicies.library())
    }

    /// A shipped profile's name, or a path.
    package func profile(_ name: String) throws -> CompiledProfile {
        if let known = profiles.withLock({ $0[name] }) { return known }
        let compiled = try compiler.compile(name)
        profiles.withLock { $0[name] = compiled }
        return compiled
    }

    /// Where new objects of a repository go.
    package func quarantine(of path: String) throws -> String? {
        RepositoryLocator(at: path).map { trees.layout.quarantine(of: $0.commonDirectory) }
    }

    /// How files are observed: with fanotify the filter needs to tell of program starts only, else
    /// of every call that opens something.
    func observation(
        profile name: String, method: FileObservation.Method
    ) throws -> FileObservationPlan {
        let kinds: [String: FileObservationPlan.ObservedCall] = [
            "open": .path(0), "execve": .path(0), "openat": .directoryAndPath(0, 1),
            "openat2": .directoryAndPath(0, 1), "execveat": .directoryAndPath(0, 1),
        ]
        let names = kinds.keys.filter { method == .seccomp || $0.hasPrefix("exec") }.sorted()
        let (filters, observed) = try compiler.filters(of: name, observing: names)
        let calls = observed.compactMap { name, number in kinds[name].map { (number, $0) } }
        return FileObservationPlan(
            method: method, filters: filters, calls: Dictionary(uniqueKeysWithValues: calls))
    }

    /// Opens a repository together with its quarantine in the cache.
    package func repository(at path: String) throws -> GitRepository {
        guard let locator = RepositoryLocator(at: path) else {
            return try GitRepository(at: path)
        }
        return try GitRepository(
            at: path, quarantine: trees.layout.quarantine(of: locator.commonDirectory))
    }
}
