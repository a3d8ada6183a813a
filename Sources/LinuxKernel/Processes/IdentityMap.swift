internal import CLinux
internal import Glibc

/// Which user and group ids a user namespace has: the same map for both.
package struct IdentityMap: Sendable, Equatable {
    package struct Extent: Sendable, Equatable {
        /// As seen in the namespace.
        package var inside: UInt32
        /// As seen by the host.
        package var outside: UInt32
        package var count: UInt32

        package init(inside: UInt32, outside: UInt32, count: UInt32) {
            self.inside = inside
            self.outside = outside
            self.count = count
        }
    }

    package var users: [Extent]
    package var groups: [Extent]
    /// Whether the kernel wants `setgroups` forbidden first: for an unprivileged writer.
    package var deniesGroups: Bool

    package init(users: [Extent], groups: [Extent], deniesGroups: Bool) {
        self.users = users
        self.groups = groups
        self.deniesGroups = deniesGroups
    }

    private static func text(_ extents: [Extent]) -> String {
        extents.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
    }

    /// Writes the maps of the namespace that a process was just cloned into.
    package func write(process: Int32) throws(SystemError) {
        let directory = try OwnedDescriptor.open("/proc/\(process)", flags: LX_O_PATH | O_DIRECTORY)
        if deniesGroups {
            try SmallFile.write("deny", to: "setgroups", relativeTo: directory.raw)
        }
        try SmallFile.write(Self.text(users), to: "uid_map", relativeTo: directory.raw)
        try SmallFile.write(Self.text(groups), to: "gid_map", relativeTo: directory.raw)
    }

    /// A user namespace with this map, held by its descriptor only. For `MOUNT_ATTR_IDMAP`.
    package func makeNamespace() throws(SystemError) -> OwnedDescriptor {
        let pipe = try OwnedDescriptor.pipe()
        let stack = CloneStack()
        let process = try SystemCall.perform("clone3(user)") {
            lx_namespace_holder(
                NamespaceSet.user.rawValue, pipe.first.raw, pipe.second.raw, stack.base,
                CloneStack.byteCount)
        }
        defer {
            kill(pid_t(process), SIGKILL)
            var status: Int32 = 0
            while waitpid(pid_t(process), &status, 0) < 0 && errno == EINTR {}
        }
        try write(process: Int32(process))
        return try OwnedDescriptor.open("/proc/\(process)/ns/user")
    }
}

/// Memory for a clone to run on until it executes; it must outlive that.
struct CloneStack: ~Copyable, Sendable {
    static let byteCount = 32768
    // SAFETY: only the clone writes to it, and the owner frees it after the clone has executed
    // or ended.
    nonisolated(unsafe) let base: UnsafeMutableRawPointer

    init() { base = .allocate(byteCount: Self.byteCount, alignment: 64) }
    deinit { base.deallocate() }
}
