// The C struct `timespec` is found in either module, by the order in which files are compiled.
internal import CGit2
internal import Glibc

/// The time that every file of a checkout has: the same checkout is then the same everywhere, and
/// an index can be made without looking at it. Not the epoch: zip knows no time before 1980.
enum CheckoutTime {
    static let seconds = 1_000_000_000
    /// Of access and of change, as futimens(2) takes them.
    static let both = [timespec](repeating: timespec(tv_sec: seconds, tv_nsec: 0), count: 2)
}

/// The process's umask, which saves a system call for each of 50,000 files where it hides nothing.
private enum ProcessMask {
    /// From proc(5): umask(2) can only be read by setting it, which other threads would see.
    static let value: mode_t = {
        // Unknown counts as hiding everything: the mode is then always set.
        guard let status = try? FileContent.read("/proc/self/status", byteLimit: 64 << 10) else {
            return 0o777
        }
        let line = status.split(separator: UInt8(ascii: "\n")).first {
            $0.starts(with: Array("Umask:".utf8))
        }
        let digits = line?.split(separator: UInt8(ascii: "\t")).last
        return digits.flatMap { mode_t(String(decoding: $0, as: UTF8.self), radix: 8) } ?? 0o777
    }()
}

extension DirectoryHandle {
    /// Makes a new file; one that is there already is an error.
    func writeFile(
        _ name: [UInt8], _ bytes: UnsafeRawBufferPointer, mode: mode_t
    ) throws(GitError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, CStringBytes.terminated(name), flags, mode)
        guard file >= 0 else { throw GitError.system("make file", path(of: name)) }
        defer { close(file) }
        var rest = bytes
        while !rest.isEmpty {
            let count = write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw GitError.system("write", path(of: name)) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        // The process's umask must not show in a checkout that others share.
        guard mode & ProcessMask.value == 0 || fchmod(file, mode) == 0 else {
            throw GitError.system("set mode", path(of: name))
        }
        guard futimens(file, CheckoutTime.both) == 0 else {
            throw GitError.system("set time", path(of: name))
        }
    }

    func writeFile(_ name: [UInt8], _ bytes: [UInt8], mode: mode_t) throws(GitError) {
        try bytes.span.withUnsafeBytes { buffer throws(GitError) in
            try writeFile(name, buffer, mode: mode)
        }
    }

    func writeLink(_ name: [UInt8], target: [UInt8]) throws(GitError) {
        let text = CStringBytes.terminated(name)
        guard symlinkat(CStringBytes.terminated(target), descriptor, text) == 0 else {
            throw GitError.system("make link", path(of: name))
        }
        guard utimensat(descriptor, text, CheckoutTime.both, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw GitError.system("set time", path(of: name))
        }
    }
}
