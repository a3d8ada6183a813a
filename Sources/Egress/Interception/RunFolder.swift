internal import Foundation
internal import Glibc
internal import LinuxKernel

/// A folder of one run in the system's temporary directory, gone with this value; what a killed
/// process left is told by its lock, which the kernel drops, and removed by `drydock gc`.
package final class RunFolder: Sendable {
    private static let prefix = "drydock-run-"

    package let path: String
    private let lock: OwnedDescriptor

    /// - Parameters:
    ///   - purpose: a word for its name.
    ///   - mode: 0700 unless others have to see into it.
    package init(
        _ purpose: String, mode: Int = 0o700, below parent: String = NSTemporaryDirectory()
    ) throws {
        let path =
            (parent.hasSuffix("/") ? parent : parent + "/") + Self.prefix + purpose + "-"
            + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
        lock = try OwnedDescriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        guard flock(lock.raw, LOCK_SH | LOCK_NB) == 0 else {
            throw SystemError(operation: "lock", subject: path, errorNumber: errno)
        }
        self.path = path
    }

    // Nothing can be done about what cannot be removed; gc tries again.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Removes this user's folders that nobody holds any more.
    ///
    /// - Returns: how many.
    package static func removeAbandoned(below parent: String = NSTemporaryDirectory()) -> Int {
        var count = 0
        for name in FileKind.names(in: parent) where name.hasPrefix(prefix) {
            let path = (parent.hasSuffix("/") ? parent : parent + "/") + name
            guard FileKind.isRealDirectory(path), isOwn(path),
                let held = try? OwnedDescriptor.open(
                    path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
                flock(held.raw, LOCK_EX | LOCK_NB) == 0
            else { continue }
            if (try? FileManager.default.removeItem(atPath: path)) != nil { count += 1 }
        }
        return count
    }

    /// Nothing is removed from within what another user may change meanwhile.
    private static func isOwn(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid()
    }
}
