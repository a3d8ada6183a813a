/// A report could not be read: what was tried, on what, why it failed and what to do.
package struct TestReportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why, for programs.
    package enum Code: String, Sendable, CaseIterable {
        /// Not one byte that means anything.
        case empty
        /// No format of `FormatCatalog` recognises it.
        case unknownFormat = "unknown_format"
        /// Not well-formed in its own format.
        case malformed
        /// Uses something that is refused on purpose, such as a DTD with declarations.
        case forbidden
        /// Larger, deeper or longer than `ReportLimits` allows.
        case limitExceeded = "limit_exceeded"
    }

    package var code: Code
    /// The format's id, or the file's name where no format was found.
    package var subject: String
    package var reason: String
    /// Where in the input, in bytes from its start.
    package var offset: Int?
    package var remedy: String

    package init(
        _ code: Code, subject: String, reason: String, offset: Int? = nil, remedy: String
    ) {
        self.code = code
        self.subject = subject
        self.reason = reason
        self.offset = offset
        self.remedy = remedy
    }

    package var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "reading the test report \(subject) failed\(place): \(reason). \(remedy)"
    }
}
