internal import Glibc

/// Keeps cache entries from being collected while they are mounted: shared locks on their seals
/// (flock(2)), which the kernel drops with the process.
package struct TreeLease: ~Copyable, Sendable {
    private let descriptors: [CInt]

    /// - Parameter seals: absolute paths.
    /// - Returns: `nil` when a seal is gone or is just being collected.
    package init?(seals: [String]) {
        var opened: [CInt] = []
        for seal in seals {
            let descriptor = open(seal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { break }
            opened.append(descriptor)
            guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { break }
            // The collector moves an entry away under its lock: what was opened may be that.
            var (held, named) = (stat(), stat())
            guard fstat(descriptor, &held) == 0, lstat(seal, &named) == 0,
                held.st_ino == named.st_ino, held.st_dev == named.st_dev
            else { break }
            // The collector goes by this time; failing to set it costs a rebuild at most.
            _ = futimens(descriptor, nil)
            if opened.count == seals.count {
                descriptors = opened
                return
            }
        }
        for descriptor in opened { close(descriptor) }
        return nil
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
