internal import Glibc

/// Files that only their owner may read, and what a process may have open.
package enum PrivateFile {
    package enum Reading: Sendable {
        case content([UInt8])
        /// Why it is not read, as the end of a sentence about the file.
        case refused(String)
    }

    /// Reads a file of this user's or root's that neither group nor others have any right on.
    package static func read(_ path: String, byteLimit: Int) -> Reading {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            return .refused("cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return .refused("is no regular file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o077 == 0 else {
            return .refused("can be read by others; run chmod 600 on it")
        }
        var buffer = [UInt8](repeating: 0, count: byteLimit)
        let count = Glibc.read(descriptor, &buffer, byteLimit)
        guard count > 0 else { return .refused("is empty") }
        return .content(Array(buffer[..<count]))
    }

    /// What an entry takes on disk, in bytes, and whether it is a directory; links are not followed.
    package static func usage(of path: String) -> (bytes: Int64, isDirectory: Bool)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (Int64(status.st_blocks) * 512, status.st_mode & S_IFMT == S_IFDIR)
    }
}

/// How many descriptors this process may have.
package enum DescriptorLimit {
    /// Raises the soft limit towards `wanted`, as far as the hard one goes.
    package static func raise(to wanted: UInt64) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < rlim_t(wanted)
        else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
