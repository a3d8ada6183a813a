/// The store could not do what it was asked.
package struct RunStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for callers that decide by it.
    package enum Code: String, Sendable, Equatable {
        /// The file could not be opened, or another program holds it.
        case unavailable
        /// The file was written by a newer Drydock.
        case tooNew
        /// The database refused the statement.
        case database
        /// What the caller named is not there.
        case notFound
        /// What the caller asks for contradicts what is recorded.
        case conflict
        /// A stored document cannot be read any more.
        case corrupt
    }

    package var code: Code
    package var operation: String
    package var subject: String
    package var reason: String
    package var remedy: String

    package init(
        _ code: Code, operation: String, subject: String, reason: String, remedy: String = ""
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        "\(operation) of \(subject) failed: \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
