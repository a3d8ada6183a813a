/// An image could not be found, made or read: what was tried, on what, why it failed, what to do.
package struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    package var operation: String
    package var subject: String
    package var reason: String
    package var remedy: String

    package init(operation: String, subject: String, reason: String, remedy: String) {
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        "\(operation) \(subject): \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
