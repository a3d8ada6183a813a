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

    /// Whether this process is root of the initial user namespace, or of one that may mount and
    /// map whole ranges.
    package static var isPrivileged: Bool { geteuid() == 0 }
}
