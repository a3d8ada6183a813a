internal import CLinux
internal import Glibc

/// Files beneath one directory, whose links cannot lead out of it: every path is resolved by
/// `openat2(2)` with `RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS`, where "/" and ".." end at the
/// directory itself.
///
/// Paths are absolute, as a process sees them whose root is this directory.
package struct RootedDirectory: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Opens a file. Never waits for the other end of a FIFO.
    package borrowing func open(
        _ path: String, flags: Int32 = O_RDONLY, mode: UInt32 = 0
    ) throws(SystemError) -> OwnedDescriptor {
        let root = descriptor.raw
        // The kernel takes neither a mode nor these flags where they mean nothing.
        let mode = flags & O_CREAT == 0 ? 0 : mode
        let isPlace = flags & Int32(LX_O_PATH) != 0
        let flags = isPlace ? flags : flags | O_NONBLOCK | O_NOCTTY
        let raw = try SystemCall.perform("open", path) {
            lx_openat2_mode(
                root, path, UInt64(UInt32(bitPattern: flags)), UInt64(mode),
                LX_RESOLVE_IN_ROOT)
        }
        return OwnedDescriptor(owning: Int32(raw))
    }

    /// The directory that holds the last component of a path, and that component.
    package borrowing func parent(
        of path: String
    ) throws(SystemError) -> (directory: ParentDirectory, name: String) {
        var parts = path.split(separator: "/").map(String.init)
        guard let name = parts.popLast(), name != ".", name != ".." else {
            throw SystemError(operation: "find the parent", subject: path, errorNumber: EINVAL)
        }
        let above = try open(
            "/" + parts.joined(separator: "/"), flags: Int32(LX_O_PATH) | O_DIRECTORY)
        return (ParentDirectory(descriptor: above), name)
    }

    /// What a path is, itself or behind its links.
    package borrowing func status(
        of path: String, followsLinks: Bool = false
    ) throws(SystemError) -> FileStatus {
        let file = try open(
            path, flags: Int32(LX_O_PATH) | (followsLinks ? 0 : O_NOFOLLOW))
        return try FileStatus(of: file, path: path)
    }

    /// Names in a directory, sorted.
    package borrowing func names(in path: String) throws(SystemError) -> [String] {
        let directory = try open(path, flags: O_RDONLY | O_DIRECTORY)
        return try directory.directoryNames(path)
    }

    /// Makes a directory with all that are missing above it.
    ///
    /// - Returns: whether anything was made.
    package borrowing func makeDirectories(
        _ path: String, mode: UInt32 = 0o755
    ) throws(SystemError) -> Bool {
        var made = false
        var current = ""
        for part in path.split(separator: "/") {
            current += "/" + part
            let (directory, name) = try parent(of: current)
            let above = directory.descriptor.raw
            let result = mkdirat(above, name, mode)
            if result == 0 {
                made = true
            } else if errno != EEXIST {
                throw SystemError(operation: "mkdir", subject: current, errorNumber: errno)
            }
        }
        let kind = try status(of: path, followsLinks: true).kind
        guard kind == .directory else {
            throw SystemError(operation: "mkdir", subject: path, errorNumber: ENOTDIR)
        }
        return made
    }

    package borrowing func rename(_ from: String, to target: String) throws(SystemError) {
        let (source, sourceName) = try parent(of: from)
        let (destination, destinationName) = try parent(of: target)
        let sourceRaw = source.descriptor.raw
        let destinationRaw = destination.descriptor.raw
        try SystemCall.perform("rename", "\(from) to \(target)") {
            lx_rename(sourceRaw, sourceName, destinationRaw, destinationName)
        }
    }

    /// Removes a file, or a directory with everything in it. A link goes, not what it leads to.
    package borrowing func removeAll(_ path: String) throws(SystemError) {
        let (directory, name) = try parent(of: path)
        try directory.descriptor.removeTree(named: name, path: path)
    }

    package borrowing func linkTarget(_ path: String) throws(SystemError) -> String {
        let (directory, name) = try parent(of: path)
        return try directory.descriptor.linkTarget(name)
    }
}

/// A directory in which an entry is made, renamed or removed. A class, so that it can be part of a
/// tuple.
package final class ParentDirectory: Sendable {
    package let descriptor: OwnedDescriptor

    init(descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}

extension OwnedDescriptor {
    /// Names in an open directory, sorted, without `.` and `..`.
    package borrowing func directoryNames(_ path: String) throws(SystemError) -> [String] {
        // A description of its own: fdopendir(3) takes the descriptor, and reading moves it.
        let copy = try OwnedDescriptor.open(
            ".", flags: O_RDONLY | O_DIRECTORY, relativeTo: raw
        ).release()
        guard let stream = fdopendir(copy) else {
            let errorNumber = errno
            Glibc.close(copy)
            throw SystemError(operation: "read", subject: path, errorNumber: errorNumber)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // SAFETY: d_name is a NUL-terminated string within the entry (readdir(3)).
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes an entry of this directory with everything beneath, following no link.
    package borrowing func removeTree(named name: String, path: String) throws(SystemError) {
        if unlinkat(raw, name, 0) == 0 { return }
        guard errno == EISDIR || errno == EPERM else {
            throw SystemError(operation: "remove", subject: path, errorNumber: errno)
        }
        try emptyDirectory(named: name, path: path)
        let parent = raw
        try SystemCall.performLibrary("remove", path) { Int(unlinkat(parent, name, AT_REMOVEDIR)) }
    }

    private borrowing func emptyDirectory(named name: String, path: String) throws(SystemError) {
        let inner = try OwnedDescriptor.openDirectory(name, in: self)
        for child in try inner.directoryNames(path) {
            try inner.removeTree(named: child, path: path + "/" + child)
        }
    }

    /// Where a link of this directory points, as it is written.
    package borrowing func linkTarget(_ name: String) throws(SystemError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let directory = raw
        let count = try SystemCall.performLibrary("readlink", name) {
            buffer.withUnsafeMutableBytes { bytes in
                guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return 0 }
                return readlinkat(directory, name, start, bytes.count)
            }
        }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

extension OwnedDescriptor {
    /// Makes the mark of a removed file, for an overlay's upper layer.
    package borrowing func makeWhiteout(_ name: String) throws(SystemError) {
        let directory = raw
        try SystemCall.perform("mknod(whiteout)", name) { lx_make_whiteout(directory, name) }
    }

    /// Sets the time of change of an entry of this directory, never through a link.
    package borrowing func setTimes(of name: String, seconds: Int64, nanoseconds: Int64) {
        _ = lx_set_times(raw, name, seconds, nanoseconds)
    }
}
