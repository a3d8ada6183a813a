internal import CLinux
internal import Glibc

/// A number that no other running sandbox of this directory has: it chooses the user id range and
/// names the cgroups.
///
/// It is a lock on one byte of one file (`F_OFD_SETLK`), so the kernel gives it back when the last
/// holder dies, however it dies. Pid 1 holds it too: the number is free again only when everything
/// in the sandbox has been reaped. What a killed Drydock left under a number is found and removed
/// by whoever gets the number next, and by `drydock gc`.
package struct SandboxLease: ~Copyable, Sendable {
    package let number: Int
    package let descriptor: OwnedDescriptor

    /// A free number below `limit`: the lowest one, where those that are taken have no gap.
    package init(directory: String, limit: Int) throws(SystemError) {
        let path = directory + "/leases"
        // An open description of its own for each number: it is what holds the lock.
        let file = try OwnedDescriptor.open(
            path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        // From where the taken ones seem to end on; then from the beginning, for who was faster.
        for start in [Self.likelyFree(file.raw, limit), 0] {
            for candidate in start..<limit where lx_lock_byte(file.raw, UInt64(candidate)) >= 0 {
                number = candidate
                descriptor = file
                return
            }
        }
        throw SystemError(
            operation: "take a sandbox number", subject: path, errorNumber: EUSERS)
    }

    /// Where the taken numbers end, found in few steps: the kernel looks through all locks of the
    /// file for each question, so one for every number would cost the square of their count.
    private static func likelyFree(_ leases: Int32, _ limit: Int) -> Int {
        func isTaken(_ number: Int) -> Bool { lx_byte_locked(leases, UInt64(number)) > 0 }
        guard limit > 0, isTaken(0) else { return 0 }
        var (taken, free) = (0, 1)
        while free < limit, isTaken(free) { (taken, free) = (free, free * 2) }
        free = min(free, limit)
        while free - taken > 1 {
            let middle = (taken + free) / 2
            if isTaken(middle) { taken = middle } else { free = middle }
        }
        return free
    }

    /// Takes one particular number, or `nil` when a running sandbox has it.
    package init?(number: Int, directory: String) throws(SystemError) {
        let file = try OwnedDescriptor.open(
            directory + "/leases", flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        guard lx_lock_byte(file.raw, UInt64(number)) >= 0 else { return nil }
        self.number = number
        descriptor = file
    }

    /// The name of the sandbox's cgroups.
    var groupName: String { "drydock-\(number)" + Self.groupSuffix(leases: descriptor.raw) }

    /// Tells groups of different lease files apart, which may be made in the same place: root of a
    /// container counts by itself. Empty for root of the host, who has one file.
    private static func groupSuffix(leases: Int32) -> String {
        var information = stat()
        guard !Capabilities.isPrivileged, fstat(leases, &information) == 0 else { return "" }
        return "." + String(information.st_ino, radix: 36) + "."
            + String(information.st_dev, radix: 36)
    }

    /// The number in a group's name, if it is of this directory's leases.
    static func number(ofGroup name: String, directory: String) -> Int? {
        guard name.hasPrefix("drydock-"),
            let file = try? OwnedDescriptor.open(directory + "/leases", flags: O_RDWR)
        else { return nil }
        let suffix = groupSuffix(leases: file.raw)
        guard name.hasSuffix(suffix) else { return nil }
        return Int(name.dropFirst(8).dropLast(suffix.count))
    }

    /// Whether no running sandbox of this directory has any number.
    package static func isIdle(directory: String) -> Bool {
        guard let file = try? OwnedDescriptor.open(directory + "/leases", flags: O_RDWR) else {
            return true
        }
        return lx_any_byte_locked(file.raw) == 0
    }

    /// Makes the directory, which must be this user's own and nobody else's to write to.
    package static func prepare(directory: String) throws(SystemError) {
        try PrivatePath.make(directory)
        var information = stat()
        try SystemCall.performLibrary("lstat", directory) { Int(lstat(directory, &information)) }
        let isOwn =
            information.st_mode & S_IFMT == S_IFDIR && information.st_uid == geteuid()
            && information.st_mode & 0o022 == 0
        guard isOwn else {
            throw SystemError(
                operation: "check the ownership", subject: directory, errorNumber: EPERM)
        }
    }
}
