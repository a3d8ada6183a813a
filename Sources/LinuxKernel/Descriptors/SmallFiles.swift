internal import CLinux
internal import Glibc

/// Whole small files: kernel interfaces, cached profiles, lists of a few lines.
package enum SmallFile {
    /// - Parameter byteLimit: a longer file is an error (`EFBIG`), not a truncated answer.
    package static func read(
        _ path: String, byteLimit: Int = 1 << 20,
        relativeTo directory: Int32 = OwnedDescriptor.currentDirectory
    ) throws(SystemError) -> [UInt8] {
        let file = try OwnedDescriptor.open(path, relativeTo: directory)
        return try read(from: file.raw, path: path, byteLimit: byteLimit)
    }

    package static func read(
        from raw: Int32, path: String, byteLimit: Int
    ) throws(SystemError) -> [UInt8] {
        var chunk = 32768
        var bytes = try readPart(from: raw, path: path, byteLimit: chunk)
        if bytes.isEmpty { return bytes }
        while true {
            let part = try readPart(from: raw, path: path, byteLimit: chunk)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= byteLimit else {
                throw SystemError(operation: "read", subject: path, errorNumber: EFBIG)
            }
            chunk = min(chunk * 2, 1 << 20)
        }
    }

    /// What one `read(2)` gives, without first filling the memory that it goes to.
    static func readPart(
        from raw: Int32, path: String, byteLimit: Int
    ) throws(SystemError) -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: byteLimit) { buffer, count in
            result = Glibc.read(raw, buffer.baseAddress, byteLimit)
            if result < 0 { result = -Int(errno) }
            count = max(0, result)
        }
        try SystemCall.perform("read", path) { result }
        return bytes
    }

    /// The number that a kernel interface's only line begins with; `nil` when it cannot be read.
    package static func number(at path: String) -> UInt64? {
        guard let file = try? OwnedDescriptor.open(path),
            let bytes = try? readPart(from: file.raw, path: path, byteLimit: 64)
        else { return nil }
        return KernelText.leadingNumber(in: bytes)
    }

    /// The content as text, bytes that are not UTF-8 replaced.
    package static func readText(
        _ path: String, byteLimit: Int = 1 << 20,
        relativeTo directory: Int32 = OwnedDescriptor.currentDirectory
    ) throws(SystemError) -> String {
        String(
            decoding: try read(path, byteLimit: byteLimit, relativeTo: directory), as: UTF8.self)
    }

    /// Writes to a file that exists: one `write(2)`, as the kernel's interfaces want it, again where a
    /// signal came first (a limit of memory is set in a loop that gives up for one).
    package static func write(
        _ text: String, to path: String,
        relativeTo directory: Int32 = OwnedDescriptor.currentDirectory
    ) throws(SystemError) {
        let file = try OwnedDescriptor.open(path, flags: O_WRONLY, relativeTo: directory)
        let bytes = Array(text.utf8)
        let raw = file.raw
        let count = try SystemCall.performLibrary("write", path) {
            while true {
                let written = Glibc.write(raw, bytes, bytes.count)
                if written >= 0 || errno != EINTR { return written }
            }
        }
        guard count == bytes.count else {
            throw SystemError(operation: "write", subject: path, errorNumber: EIO)
        }
    }
}

/// What a path is, following links.
package enum FileKind: Sendable, Equatable {
    case absent, directory, regular, other

    package static func of(_ path: String) -> FileKind {
        var information = stat()
        return stat(path, &information) == 0 ? kind(information) : .absent
    }

    /// Of an open file.
    package static func of(descriptor: Int32) -> FileKind {
        var information = stat()
        return fstat(descriptor, &information) == 0 ? kind(information) : .absent
    }

    private static func kind(_ information: stat) -> FileKind {
        switch information.st_mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFREG: .regular
        default: .other
        }
    }

    /// The absolute path with every link resolved, or `nil` when it does not exist.
    package static func canonicalPath(_ path: String) -> String? {
        // The kernel has the answer after one walk; realpath(3) reads each component as a link.
        if let file = try? OwnedDescriptor.open(path, flags: LX_O_PATH),
            let resolved = linkTarget("/proc/self/fd/\(file.raw)"), resolved.utf8.first == 0x2f,
            of(resolved) != .absent
        {
            return resolved
        }
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a directory, unordered; empty when it cannot be read.
    ///
    /// - Parameter onlyLinks: leaves out what is known to be no symbolic link.
    package static func names(in path: String, onlyLinks: Bool = false) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let type = Int(entry.pointee.d_type)
            if onlyLinks && type != Int(DT_LNK) && type != Int(DT_UNKNOWN) { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // SAFETY: d_name is a NUL-terminated string within the entry (readdir(3)).
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}

extension FileKind {
    /// Whether a path is a directory itself, not a link to one.
    package static func isRealDirectory(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Where a link points, as it is written; `nil` for anything but a link.
    package static func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(path, base, buffer.count)
            guard count > 0 else { return nil }
            // SAFETY: readlink(2) has written the first `count` bytes; both types are bytes.
            return UnsafeRawBufferPointer(buffer).prefix(count).withMemoryRebound(to: UInt8.self) {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }
}

extension FileKind {
    /// `path` from `/`, by the working directory; nothing of it has to exist.
    package static func absolutePath(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let here = canonicalPath(".") ?? "/"
        let rest = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return (here == "/" ? "" : here) + "/" + rest
    }
}
