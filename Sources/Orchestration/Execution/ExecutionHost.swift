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

    /// Opens a repository together with its quarantine in the cache.
    package func repository(at path: String) throws -> GitRepository {
        guard let locator = RepositoryLocator(at: path) else {
            return try GitRepository(at: path)
        }
        return try GitRepository(
            at: path, quarantine: trees.layout.quarantine(of: locator.commonDirectory))
    }
}
