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
