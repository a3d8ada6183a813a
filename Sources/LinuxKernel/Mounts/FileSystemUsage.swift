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
