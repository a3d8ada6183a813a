internal import Glibc

/// A system call that failed: which step, on what, why.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call with what it was for, such as `mount_setattr(idmap)`.
    package let operation: String
    /// The path, process or name that it worked on; may be empty.
    package let subject: String
    /// Positive, as in `errno(3)`.
    package let errorNumber: Int32

    package init(operation: String, subject: String, errorNumber: Int32) {
        self.operation = operation
        self.subject = subject
        self.errorNumber = errorNumber
    }

    package var description: String {
        let place = subject.isEmpty ? "" : " of \(subject)"
        return "\(operation)\(place) failed: \(SystemError.text(of: errorNumber))"
    }

    /// The kernel's words for an error number, with its name where it is a common one.
    package static func text(of errorNumber: Int32) -> String {
        guard let text = strerror(errorNumber) else { return "error \(errorNumber)" }
        return String(cString: text)
    }
}
