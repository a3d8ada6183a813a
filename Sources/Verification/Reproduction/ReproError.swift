/// Why a bundle cannot be written or is not accepted, and what to do.
package struct ReproError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, or the member of it.
    package var subject: String
    package var problem: String
    package var remedy: String

    package init(_ subject: String, _ problem: String, remedy: String) {
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String { "\(subject): \(problem); \(remedy)" }
}
