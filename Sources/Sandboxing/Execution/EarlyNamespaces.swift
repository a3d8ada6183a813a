internal import LinuxKernel
package import RunModel

/// The namespaces of a sandbox that is still being planned. A network namespace takes the kernel
/// half a millisecond, which passes while the launcher reads its profile, plans and makes groups.
///
/// Nothing runs in them yet; dropping the value, or the end of this process, ends them.
package struct EarlyNamespaces: ~Copyable, Sendable {
    let process: SandboxProcess
    let namespaces: NamespaceSet

    /// - Parameter isWhole: whether all of them are there at once: for somebody else to join.
    init(_ namespaces: NamespaceSet, isWhole: Bool = false) throws(SystemError) {
        let later = isWhole ? [] : namespaces.intersection(.network)
        process = try SandboxProcess.begin(in: namespaces.subtracting(later), later: later)
        self.namespaces = namespaces
    }

    consuming func take() -> SandboxProcess { process }

    /// For a request of which only this is known. `nil` where sandboxes are born into their group,
    /// which does not exist yet: cgroup v2 alone.
    ///
    /// - Parameter network: as asked for; `nil` for the profile's.
    package static func begin(network: NetworkMode?) throws(SandboxError) -> EarlyNamespaces? {
        guard !CgroupHierarchies.isUnified else { return nil }
        do throws(SystemError) {
            return try EarlyNamespaces(SandboxPlanner.namespaces(network: network ?? .none))
        } catch {
            throw SandboxError(error, remedy: Remedies.remedy(for: error))
        }
    }
}
