internal import CLinux
internal import Glibc

/// A process that was killed for memory by the supervisor, as the kernel's own killer would have.
package struct MemoryVictim: ~Copyable, Sendable {
    private let pidfd: OwnedDescriptor

    /// Whether it is still on its way out, its memory not yet given back.
    package var isDying: Bool {
        var entry = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 0
    }

    /// Kills the process of a group with the most resident memory, but for `spared`.
    ///
    /// - Returns: `nil` when there was none.
    package static func kill(
        in cgroup: borrowing SandboxCgroup, sparing spared: Int32
    ) -> MemoryVictim? {
        let members = cgroup.memoryMembers().filter { $0 != spared }
        guard let largest = members.max(by: { residentPages($0) < residentPages($1) }) else {
            return nil
        }
        let raw = lx_pidfd_open(largest)
        guard raw >= 0 else { return nil }
        let pidfd = OwnedDescriptor(owning: Int32(raw))
        // The number may have gone to another process before it was opened: only a member counts.
        guard cgroup.memoryMembers().contains(largest), lx_pidfd_kill(pidfd.raw, SIGKILL) >= 0
        else { return nil }
        return MemoryVictim(pidfd: pidfd)
    }

    private static func residentPages(_ process: Int32) -> Int {
        guard let text = try? SmallFile.readText("/proc/\(process)/statm") else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }
}
