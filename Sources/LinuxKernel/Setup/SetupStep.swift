/// One thing that pid 1 does on the way to the command, in the order of the plan.
///
/// `sandbox_plan.h` is the same list in C. A new step is a case here, a line in
/// `SetupPlanCoding`, and a case in `sandbox-init`.
package enum SetupStep: Sendable, Equatable {
    /// Stops mounts from travelling between this namespace and the host's.
    case privateMounts
    case unshare(NamespaceSet)
    /// Joins its cgroups, whose files come when the launcher has made them.
    case joinGroups
    case hostname(String)
    case loopbackUp
    /// A tmpfs as the new root, or a mount that the launcher made.
    case root(byteLimit: UInt64, fileLimit: UInt64, inherited: Int?)
    /// A directory that has all mount points, read-only, by its path or as a mount that the
    /// launcher made.
    case readyRoot(path: String?, inherited: Int?)
    case directory(String)
    case symbolicLink(target: String, path: String)
    case file(path: String, mode: UInt32, content: [UInt8])
    /// A tree of the host, or a mount that the launcher made; `isOptional` ignores a missing one.
    case bind(
        source: String, target: String, attributes: MountAttributes, inherited: Int?,
        isOptional: Bool)
    case fileSystem(
        type: String, target: String, attributes: MountAttributes, options: [String])
    /// The one writable file system of a run.
    case scratch(byteLimit: UInt64, fileLimit: UInt64, inherited: Int?)
    case scratchBind(name: String, target: String, mode: UInt32, owner: UInt32)
    case overlay(upper: String, target: String, lowers: [String], owner: UInt32)
    case mask(String)
    case readOnly(String)
    case pivot
    case workingDirectory(String)
    case limit(ResourceLimitKind, soft: UInt64, hard: UInt64)
    case landlock(fileSystem: UInt64, network: UInt64, scoped: UInt64)
    case landlockRule(path: String, access: UInt64)
    /// `tells` lets the kernel's audit tell of refusals to programs that are executed later (ABI 7).
    case landlockEnforce(tells: Bool)
    case terminal(rows: UInt16, columns: UInt16)
    case boundingSet(last: Int)
    case user(UInt32)
    case dropCapabilities
    case noNewPrivileges
    /// `program` is an array of `struct sock_filter`.
    case seccomp(name: String, program: [UInt8], notifies: Bool)
    /// Waits for the rest of the plan, which comes later.
    case pause
    /// Waits until the launcher says that the network is there.
    case awaitNetwork
    case environment([String])
    case command(arguments: [String], searchPath: String, fileMask: UInt32)
    /// Instead of a command: pid 1 stays and takes orders.
    case serve
}

/// `CLONE_NEW*` of `clone(2)`.
package struct NamespaceSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// `SetAlgebra`'s own is generic code that looks types up at run time: 20 µs of every start.
    package init(arrayLiteral elements: NamespaceSet...) {
        rawValue = elements.reduce(0) { $0 | $1.rawValue }
    }

    package static let time = NamespaceSet(rawValue: 0x80)
    package static let mount = NamespaceSet(rawValue: 0x20000)
    package static let cgroup = NamespaceSet(rawValue: 0x200_0000)
    package static let uts = NamespaceSet(rawValue: 0x400_0000)
    package static let ipc = NamespaceSet(rawValue: 0x800_0000)
    package static let user = NamespaceSet(rawValue: 0x1000_0000)
    package static let pid = NamespaceSet(rawValue: 0x2000_0000)
    package static let network = NamespaceSet(rawValue: 0x4000_0000)

    /// As the report names them, in its order.
    package var names: [String] {
        let all: [(NamespaceSet, String)] = [
            (.user, "user"), (.pid, "pid"), (.mount, "mount"), (.network, "network"),
            (.ipc, "ipc"), (.uts, "uts"), (.cgroup, "cgroup"), (.time, "time"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// `MOUNT_ATTR_*` of `mount_setattr(2)`.
package struct MountAttributes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// See `NamespaceSet`.
    package init(arrayLiteral elements: MountAttributes...) {
        rawValue = elements.reduce(0) { $0 | $1.rawValue }
    }

    package static let readOnly = MountAttributes(rawValue: 1)
    package static let noSetuid = MountAttributes(rawValue: 2)
    package static let noDevices = MountAttributes(rawValue: 4)
    package static let noExecution = MountAttributes(rawValue: 8)

    package var text: String {
        let all: [(MountAttributes, String)] = [
            (.readOnly, "ro"), (.noSetuid, "nosuid"), (.noDevices, "nodev"),
            (.noExecution, "noexec"),
        ]
        return all.filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }
}

/// `RLIMIT_*` of `getrlimit(2)`, with its number on x86-64 and arm64.
package enum ResourceLimitKind: UInt64, Sendable, CaseIterable {
    case cpuSeconds = 0
    case fileBytes = 1
    case stackBytes = 3
    case coreBytes = 4
    case processes = 6
    case openFiles = 7
    case lockedBytes = 8
    case addressSpaceBytes = 9
    case pendingSignals = 11
    case messageQueueBytes = 12
    case niceCeiling = 13
    case realtimePriority = 14

    package var text: String {
        switch self {
        case .cpuSeconds: "cpu seconds"
        case .fileBytes: "file bytes"
        case .stackBytes: "stack bytes"
        case .coreBytes: "core bytes"
        case .processes: "processes"
        case .openFiles: "open files"
        case .lockedBytes: "locked bytes"
        case .addressSpaceBytes: "address space bytes"
        case .pendingSignals: "pending signals"
        case .messageQueueBytes: "message queue bytes"
        case .niceCeiling: "nice ceiling"
        case .realtimePriority: "realtime priority"
        }
    }
}
