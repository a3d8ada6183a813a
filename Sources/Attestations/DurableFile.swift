internal import Foundation
internal import Glibc

/// Files that are there whole or not at all, also after a crash.
package enum DurableFile {
    /// Writes beside the target, flushes, and renames over it.
    package static func write(_ bytes: [UInt8], to path: String) throws(AttestationError) {
        let partial = "\(path).\(getpid()).partial"
        let descriptor = open(
            partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure("create", partial) }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(partial) }
        }
        try append(bytes, to: descriptor, path: partial)
        guard rename(partial, path) == 0 else { throw failure("rename", path) }
        isDone = true
        try flushDirectory(of: path)
    }

    /// - Throws: `AttestationError.file` where no file could be made at the path.
    package static func requireWritable(_ path: String) throws(AttestationError) {
        let directory = (path as NSString).deletingLastPathComponent
        let parent = directory.isEmpty ? "." : directory
        guard access(parent, W_OK | X_OK) == 0 else { throw failure("write", path) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        throw .file(operation: "write", path: path, reason: String(cString: strerror(EISDIR)))
    }

    /// Writes all bytes and waits until they are on the disk.
    static func append(
        _ bytes: [UInt8], to descriptor: Int32, path: String
    ) throws(AttestationError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    static func flushDirectory(of path: String) throws(AttestationError) {
        let directory = (path as NSString).deletingLastPathComponent
        let descriptor = open(
            directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
    }

    static func failure(_ operation: String, _ path: String) -> AttestationError {
        .file(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}
