internal import CLinux
internal import Glibc

/// What the kernel knows of capabilities and of this process's own.
package enum Capabilities {
    /// The highest capability of the running kernel; 40 (`CAP_CHECKPOINT_RESTORE`) when it does
    /// not say.
    package static let last: Int = {
        // Asked of the kernel itself: twenty times as fast as /proc/sys/kernel/cap_last_cap.
        var last = 40
        guard isKnown(0) else { return last }
        while last < 63, isKnown(last + 1) { last += 1 }
        while last > 0, !isKnown(last) { last -= 1 }
        return last
    }()

    private static func isKnown(_ capability: Int) -> Bool {
        lx_capability_in_bounding_set(Int32(capability)) >= 0
    }

    /// Whether this process is root of the initial user namespace. Root of another one, as in a
    /// rootless container, has few ids to give away and may clone none of the host's mounts: it is
    /// an ordinary user as far as sandboxes go.
    package static var isPrivileged: Bool {
        var information = stat()
        // PROC_USER_INIT_INO of linux/proc_ns.h, part of the kernel's interface since 3.8.
        return geteuid() == 0 && stat("/proc/self/ns/user", &information) == 0
            && information.st_ino == 0xEFFF_FFFD
    }
}
