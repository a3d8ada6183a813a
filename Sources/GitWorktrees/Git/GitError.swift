/// Something that git was asked for could not be done: what, on what, why, and what to do.
package struct GitError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for a caller that branches on it.
    package struct Code: Sendable, Hashable, RawRepresentable {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        package static let notARepository = Code(rawValue: "not_a_repository")
        package static let unsupportedRepository = Code(rawValue: "unsupported_repository")
        package static let foreignOwner = Code(rawValue: "foreign_owner")
        package static let revisionNotFound = Code(rawValue: "revision_not_found")
        package static let noCommitYet = Code(rawValue: "no_commit_yet")
        package static let objectNotFound = Code(rawValue: "object_not_found")
        package static let tooLarge = Code(rawValue: "too_large")
        package static let invalidArgument = Code(rawValue: "invalid_argument")
        package static let diskFull = Code(rawValue: "disk_full")
        package static let refused = Code(rawValue: "refused")
        package static let system = Code(rawValue: "system")
        package static let library = Code(rawValue: "library")
    }

    package var code: Code
    /// The step, such as `open repository`.
    package var operation: String
    /// The path, revision or object id.
    package var subject: String
    package var reason: String
    /// Empty where there is nothing to advise.
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
        "\(operation) of '\(subject)' failed: \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
