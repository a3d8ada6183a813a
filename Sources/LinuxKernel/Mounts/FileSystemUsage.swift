internal import Glibc

/// How full a file system is.
package struct FileSystemUsage: Sendable, Equatable {
    package var usedBytes: UInt64
    package var freeBytes: UInt64
    package var freeFiles: UInt64

    /// - Parameter descriptor: of any file on it.
    package init(of descriptor: borrowing OwnedDescriptor) throws(SystemError) {
        var usage = statvfs()
        let raw = descriptor.raw
        try SystemCall.performLibrary("fstatvfs") { Int(fstatvfs(raw, &usage)) }
        let block = UInt64(usage.f_frsize)
        usedBytes = (UInt64(usage.f_blocks) - UInt64(usage.f_bfree)) * block
        freeBytes = UInt64(usage.f_bfree) * block
        freeFiles = UInt64(usage.f_ffree)
    }

    /// The same where there may be no file system, or none that answers.
    package init?(ofOptional descriptor: borrowing OwnedDescriptor?) {
        switch descriptor {
        case .none: return nil
        case .some(let descriptor):
            guard let usage = try? FileSystemUsage(of: descriptor) else { return nil }
            self = usage
        }
    }

    /// Whether a program that writes a little more is refused.
    package var isFull: Bool { freeBytes < 65536 || freeFiles == 0 }
}

/// Who owns a file, as the host sees it.
package struct FileOwner: Sendable, Hashable {
    package let user: UInt32
    package let group: UInt32

    package init(of descriptor: borrowing OwnedDescriptor) throws(SystemError) {
        var information = stat()
        let raw = descriptor.raw
        try SystemCall.performLibrary("fstat") { Int(fstat(raw, &information)) }
        user = information.st_uid
        group = information.st_gid
    }
}

/// Tells one build of a file from another: size and time of change.
package struct FileStamp: Sendable, Equatable {
    package let text: String

    package init(path: String) throws(SystemError) {
        var information = stat()
        try SystemCall.performLibrary("stat", path) { Int(stat(path, &information)) }
        text =
            String(information.st_size, radix: 36) + "-"
            + String(information.st_mtim.tv_sec, radix: 36) + "-"
            + String(information.st_mtim.tv_nsec, radix: 36)
    }
}
