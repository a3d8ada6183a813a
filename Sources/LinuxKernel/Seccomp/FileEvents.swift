internal import CLinux
internal import Glibc

/// Opened and executed files of one file system, as fanotify(7) tells them to the super-user.
package struct FileEvents: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// - Throws: `EPERM` without `CAP_SYS_ADMIN` in the initial user namespace.
    package init() throws(SystemError) {
        let raw = try SystemCall.perform("fanotify_init") { lx_fanotify_init() }
        descriptor = OwnedDescriptor(owning: Int32(raw))
    }

    /// Watches the whole file system that `directory` is on.
    package borrowing func watch(_ directory: borrowing OwnedDescriptor) throws(SystemError) {
        let (group, target) = (descriptor.raw, directory.raw)
        try SystemCall.perform("fanotify_mark", "the worktree") {
            lx_fanotify_mark_opens(group, target)
        }
    }

    package struct Batch: Sendable, Equatable {
        /// Paths as the watched processes see them.
        package var paths: [String]
        /// Whether the kernel lost events.
        package var hasOverflowed: Bool
    }

    /// What has happened since, some events at a time; `nil` when there is nothing more.
    package borrowing func next() -> Batch? {
        var descriptors = [Int32](repeating: -1, count: 64)
        var overflowed: Int32 = 0
        let count = lx_fanotify_read(
            descriptor.raw, &descriptors, Int32(descriptors.count), &overflowed)
        guard count >= 0 else { return nil }
        var paths: [String] = []
        for raw in descriptors.prefix(count) {
            let file = OwnedDescriptor(owning: raw)
            if let path = FileKind.linkTarget("/proc/self/fd/\(file.raw)") { paths.append(path) }
        }
        return Batch(paths: paths, hasOverflowed: overflowed != 0)
    }
}
