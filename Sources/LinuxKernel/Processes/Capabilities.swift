internal import Glibc

/// What the kernel knows of capabilities and of this process's own.
package enum Capabilities {
    /// The highest capability of the running kernel; 40 (`CAP_CHECKPOINT_RESTORE`) when it does
    /// not say.
    package static let last: Int = {
        guard let text = try? SmallFile.readText("/proc/sys/kernel/cap_last_cap") else {
            return 40
        }
        return Int(text.prefix { $0.isNumber }) ?? 40
    }()

    /// Whether this process is root of the initial user namespace, or of one that may mount and
    /// map whole ranges.
    package static var isPrivileged: Bool { geteuid() == 0 }
}
