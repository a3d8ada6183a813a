internal import Glibc
internal import LinuxKernel

/// Why a request to a living sandbox was not performed, as it is said on the wire.
package struct LiveFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The names of the Connect protocol, which the E2B interface uses.
    package enum Code: String, Sendable {
        case notFound = "not_found"
        case alreadyExists = "already_exists"
        case invalidArgument = "invalid_argument"
        case permissionDenied = "permission_denied"
        case failedPrecondition = "failed_precondition"
        case resourceExhausted = "resource_exhausted"
        case unavailable
        case `internal`
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: SystemError) {
        self.init(Self.code(of: error.errorNumber), error.description)
    }

    package var description: String { message }

    static func code(of errorNumber: Int32) -> Code {
        switch errorNumber {
        case ENOENT, ESRCH: .notFound
        case EEXIST, ENOTEMPTY: .alreadyExists
        case ENOTDIR, EISDIR, EINVAL, ENAMETOOLONG, ELOOP, EBADMSG, ENOEXEC, E2BIG, EXDEV, ENXIO:
            .invalidArgument
        case EACCES, EPERM, EROFS: .permissionDenied
        case ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, EAGAIN: .resourceExhausted
        case ECONNREFUSED, EPIPE, ETIMEDOUT: .unavailable
        case ENODEV, EBUSY: .failedPrecondition
        default: .internal
        }
    }

    /// Runs `body`, whose failed system calls become failures of the wire.
    static func wrapping<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(LiveFailure) -> Result {
        do throws(SystemError) { return try body() } catch { throw LiveFailure(error) }
    }
}
