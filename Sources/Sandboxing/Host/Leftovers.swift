internal import Glibc
internal import LinuxKernel

/// What killed processes of Drydock left on this machine, and its removal.
///
/// Mounts, namespaces, scratch file systems and user ids are held by descriptors only and go with
/// their last holder. What stays are cgroup directories, named by the number of their lease: whose
/// lease can be taken has no owner any more. And ready-made roots that are outdated.
package enum Leftovers {
    /// Removes them.
    ///
    /// - Returns: the paths that were removed.
    package static func collect(on host: SandboxHost) throws(SandboxError) -> [String] {
        var removed: [String] = []
        for (path, number) in CgroupLeftovers.find(
            in: host.facts.cgroups, leasesIn: host.runtimeDirectory)
        {
            do throws(SystemError) {
                guard
                    let lease = try SandboxLease(
                        number: number, directory: host.runtimeDirectory)
                else { continue }
                CgroupLeftovers.remove(path)
                _ = consume lease
            } catch {
                throw SandboxError(error, remedy: "see that \(host.runtimeDirectory) is yours")
            }
            if FileKind.of(path) == .absent { removed.append(path) }
        }
        let store = RootTreeStore(runtimeDirectory: host.runtimeDirectory)
        return removed
            + store.collect(
                whenNoneRuns: SandboxLease.isIdle(directory: host.runtimeDirectory))
    }
}
