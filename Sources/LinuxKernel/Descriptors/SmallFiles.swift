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
        var bytes: [UInt8] = []
        while true {
            let chunk = max(4096, min(bytes.count, 1 << 20))
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: chunk))
            let count = try SystemCall.performLibrary("read", path) {
                bytes.withUnsafeMutableBytes { buffer in
                    Glibc.read(raw, buffer.baseAddress.map { $0 + start }, chunk)
                }
            }
            bytes.removeLast(chunk - count)
            guard bytes.count <= byteLimit else {
                throw SystemError(operation: "read", subject: path, errorNumber: EFBIG)
            }
            if count == 0 { return bytes }
        }
    }

    /// The content as text, bytes that are not UTF-8 replaced.
    package static func readText(
        _ path: String, byteLimit: Int = 1 << 20,
        relativeTo directory: Int32 = OwnedDescriptor.currentDirectory
    ) throws(SystemError) -> String {
        String(
            decoding: try read(path, byteLimit: byteLimit, relativeTo: directory), as: UTF8.self)
    }

    /// Writes to a file that exists: one `write(2)`, as the kernel's interfaces want it.
    package static func write(
        _ text: String, to path: String,
        relativeTo directory: Int32 = OwnedDescriptor.currentDirectory
    ) throws(SystemError) {
        let file = try OwnedDescriptor.open(path, flags: O_WRONLY, relativeTo: directory)
        let bytes = Array(text.utf8)
        let raw = file.raw
        let count = try SystemCall.performLibrary("write", path) {
            Glibc.write(raw, bytes, bytes.count)
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
        guard stat(path, &information) == 0 else { return .absent }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .regular
        default: return .other
        }
    }

    /// The absolute path with every link resolved, or `nil` when it does not exist.
    package static func canonicalPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a directory, unordered; empty when it cannot be read.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
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
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(
            decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
