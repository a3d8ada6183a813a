/// A forge refused, or does not answer as it should.
package struct ForgeError: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// What a caller may do about it.
    package enum Kind: String, Codable, Sendable {
        /// The call itself, or what is there, stands against it.
        case refused
        /// The token is not accepted.
        case unauthorised
        /// The token is accepted and may not do this.
        case forbidden
        /// There is no such thing, or the token may not see it.
        case notFound = "not_found"
        /// It has to be waited longer than this call may last.
        case rateLimited = "rate_limited"
        /// No whole answer came: what was asked may have been done.
        case unreachable
        /// The answer is not what the interface promises.
        case malformed
    }

    package var kind: Kind
    package var operation: String
    package var subject: String
    package var reason: String
    package var remedy: String

    package init(
        _ kind: Kind = .refused, operation: String, subject: String, reason: String,
        remedy: String = ""
    ) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        "\(operation) of \(subject) failed: \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
