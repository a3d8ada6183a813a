internal import CLinux
internal import Glibc

/// What `fstat(2)` says of a file.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case file, directory, symbolicLink, whiteout, other
    }

    package var kind: Kind
    /// Permission bits, with setuid, setgid and sticky.
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32
    package var sizeBytes: UInt64
    package var modifiedSeconds: Int64
    package var modifiedNanoseconds: Int64
    package var linkCount: UInt64
    package var device: UInt64
    package var inode: UInt64

    package init(of file: borrowing OwnedDescriptor, path: String) throws(SystemError) {
        var information = stat()
        let raw = file.raw
        try SystemCall.performLibrary("fstat", path) { Int(fstat(raw, &information)) }
        self.init(information)
    }

    /// Of an entry of a directory; not of what a link leads to.
    package init(
        named name: String, in directory: borrowing OwnedDescriptor
    ) throws(SystemError) {
        var information = stat()
        let raw = directory.raw
        try SystemCall.performLibrary("fstatat", name) {
            Int(fstatat(raw, name, &information, AT_SYMLINK_NOFOLLOW))
        }
        self.init(information)
    }

    private init(_ information: stat) {
        switch information.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFCHR where information.st_rdev == 0: kind = .whiteout
        default: kind = .other
        }
        mode = information.st_mode & 0o7777
        user = information.st_uid
        group = information.st_gid
        sizeBytes = UInt64(information.st_size)
        modifiedSeconds = Int64(information.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(information.st_mtim.tv_nsec)
        linkCount = UInt64(information.st_nlink)
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
    }
}

/// Extended attributes of the `user.` namespace (xattr(7)).
extension OwnedDescriptor {
    /// Names and values of those whose name begins with `prefix`; empty where there are none.
    package borrowing func attributes(prefix: String) -> [(name: String, value: [UInt8])] {
        var names = [CChar](repeating: 0, count: 65536)
        let count = lx_list_attributes(raw, &names, names.count)
        guard count > 0 else { return [] }
        return names.prefix(count).split(separator: 0).compactMap { bytes in
            let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard name.hasPrefix(prefix) else { return nil }
            var value = [UInt8](repeating: 0, count: 65536)
            let size = lx_get_attribute(raw, name, &value, value.count)
            return size < 0 ? nil : (name, Array(value.prefix(size)))
        }
    }

    package borrowing func setAttribute(_ name: String, _ value: [UInt8]) throws(SystemError) {
        let file = raw
        try SystemCall.perform("fsetxattr", name) {
            lx_set_attribute(file, name, value, value.count)
        }
    }

    package borrowing func removeAttribute(_ name: String) { _ = lx_remove_attribute(raw, name) }
}
