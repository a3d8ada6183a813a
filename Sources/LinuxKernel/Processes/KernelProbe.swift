internal import CLinux
internal import Glibc

/// What the running kernel can do, found out by doing it: version numbers lie in both directions.
package enum KernelProbe {
    /// Such as `6.18.44`.
    package static var release: String {
        ((try? SmallFile.readText("/proc/sys/kernel/osrelease")) ?? "unknown")
            .split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    package static var hasSeccompNotification: Bool {
        lx_seccomp_action_available(0x7fc0_0000) >= 0
    }

    /// `open_tree(2)` and its family. Without privilege, a refusal still tells that it is there.
    package static var hasMountDescriptors: Bool {
        let result = lx_open_tree(OwnedDescriptor.currentDirectory, "/", LX_TREE_CLONE)
        if result >= 0 { _ = close(Int32(result)) }
        return result >= 0 || result == -Int(EPERM)
    }
}
