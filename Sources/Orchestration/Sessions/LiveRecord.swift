package import JSONText
package import Sandboxing

/// What the service knows of a living sandbox, without asking it.
package struct LiveRecord: Sendable {
    package var specification: LiveSpecification
    /// RFC 3339, UTC.
    package var startedAt: String
    package var isPaused: Bool
    /// Pid 1, in the host's numbering.
    package var processIdentifier: Int32
    /// The tenant of its note, where that names one.
    package let tenant: String?

    package var identifier: String { specification.identifier }
    package var note: JSONValue { specification.note }

    init(_ description: JSONValue) throws {
        guard let specification = description["specification"],
            let startedAt = description["started_at"]?.stringValue,
            let process = description["pid_one"]?.integerValue
        else { throw LiveProtocolError() }
        self.specification = try LiveSpecification(specification)
        self.startedAt = startedAt
        tenant = self.specification.note["tenant"]?.stringValue
        isPaused = description["paused"]?.boolValue ?? false
        processIdentifier = Int32(clamping: process)
    }
}
