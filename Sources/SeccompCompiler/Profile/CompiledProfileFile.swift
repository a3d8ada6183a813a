internal import Glibc
package import RunModel

/// Writes compiled profiles for the front, which looks for `<name>.ddprof`.
package enum CompiledProfileFile {
    /// Puts `profile` at `path`, whole or not at all: a front may read it at any moment.
    package static func write(
        _ profile: CompiledProfile, to path: String
    ) throws(CompiledProfileFileFailure) {
        let bytes = CompiledProfileCoding.encode(profile)
        let draft = path + ".\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw CompiledProfileFileFailure("create", draft) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw abandon("write", draft, descriptor) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw abandon("flush", draft, descriptor) }
        close(descriptor)
        guard rename(draft, path) == 0 else { throw abandon("rename", draft, -1) }
    }

    private static func abandon(
        _ operation: String, _ path: String, _ descriptor: CInt
    ) -> CompiledProfileFileFailure {
        let failure = CompiledProfileFileFailure(operation, path)
        if descriptor >= 0 { close(descriptor) }
        unlink(path)
        return failure
    }
}

/// A compiled profile could not be kept.
package struct CompiledProfileFileFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var operation: String
    package var path: String
    /// errno, positive.
    package var code: Int32

    init(_ operation: String, _ path: String) {
        self.operation = operation
        self.path = path
        code = errno
    }

    package var description: String {
        "cannot \(operation) the compiled profile \(path): \(String(cString: strerror(code))). "
            + "Make its directory writable for this user, or free some space"
    }
}
