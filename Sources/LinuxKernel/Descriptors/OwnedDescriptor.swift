internal import CLinux
internal import Glibc

/// A file descriptor with one owner, closed when its owner is gone.
@usableFromInline
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// For the duration of the owner's life only.
    package let raw: Int32

    /// Takes over an open descriptor.
    package init(owning raw: Int32) { self.raw = raw }

    /// `AT_FDCWD`.
    package static let currentDirectory: Int32 = AT_FDCWD

    deinit { _ = Glibc.close(raw) }

    /// Gives the descriptor up to the caller, who must close it.
    package consuming func release() -> Int32 {
        let descriptor = raw
        discard self
        return descriptor
    }

    /// A second descriptor of the same open file, close-on-exec.
    package borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        let raw = self.raw
        let copy = try SystemCall.performLibrary("fcntl(F_DUPFD_CLOEXEC)") {
            Int(fcntl(raw, F_DUPFD_CLOEXEC, 3))
        }
        return OwnedDescriptor(owning: Int32(copy))
    }

    /// Opens a path. `flags` are those of `open(2)`; close-on-exec is added.
    package static func open(
        _ path: String, flags: Int32 = 0, mode: UInt32 = 0o600,
        relativeTo directory: Int32 = currentDirectory
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = try SystemCall.performLibrary("open", path) {
            Int(openat(directory, path, flags | O_CLOEXEC, mode))
        }
        return OwnedDescriptor(owning: Int32(raw))
    }

    /// Opens a directory in another, never through a link.
    package static func openDirectory(
        _ name: String, in directory: borrowing OwnedDescriptor
    ) throws(SystemError) -> OwnedDescriptor {
        try open(
            name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW, relativeTo: directory.raw)
    }

    /// A pipe, close-on-exec at both ends.
    package static func pipe() throws(SystemError) -> DescriptorPair {
        var pair: [Int32] = [-1, -1]
        try SystemCall.perform("pipe2") { lx_pipe(&pair) }
        return DescriptorPair(
            first: OwnedDescriptor(owning: pair[0]), second: OwnedDescriptor(owning: pair[1]))
    }

    /// Writes all bytes, retrying what was interrupted or cut short.
    package borrowing func writeAll(_ bytes: [UInt8], to subject: String) throws(SystemError) {
        let raw = self.raw
        var offset = 0
        while offset < bytes.count {
            let written = try SystemCall.performLibrary("write", subject) {
                bytes.withUnsafeBytes { buffer in
                    while true {
                        let count = write(
                            raw, buffer.baseAddress.map { $0 + offset },
                            buffer.count - offset)
                        if count >= 0 || errno != EINTR { return count }
                    }
                }
            }
            offset += written
        }
    }

    /// Makes reads and writes return `EAGAIN` instead of waiting.
    package borrowing func makeNonblocking() throws(SystemError) {
        let raw = self.raw
        try SystemCall.performLibrary("fcntl(O_NONBLOCK)") {
            Int(fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK))
        }
    }
}

/// Two descriptors that belong together: read and write end, or two ends of a socket.
@frozen @usableFromInline  // so that each end can be taken out of it by other modules
package struct DescriptorPair: ~Copyable, Sendable {
    package var first: OwnedDescriptor
    package var second: OwnedDescriptor
}
