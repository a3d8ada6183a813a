/// What is wrong with a policy file, where, and what to write instead.
package struct PolicyFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as the user named it, such as `drydock.yaml`, or `base:drydock.yaml` of a revision.
    package var file: String
    /// Where in the file; `nil` when the file as a whole is wrong.
    package var location: PolicyLocation?
    /// Dotted path of the entry, such as `sandbox.limits.memory`; empty at the root.
    package var entry: String
    package var problem: String
    package var remedy: String

    package init(
        file: String, location: PolicyLocation?, entry: String = "", problem: String, remedy: String
    ) {
        self.file = file
        self.location = location
        self.entry = entry
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String {
        let place = location.map { ":\($0.line):\($0.column)" } ?? ""
        let subject = entry.isEmpty ? "" : "\(entry): "
        return "\(file)\(place): \(subject)\(problem)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}

/// A place in a text file; lines and columns start at 1, columns count Unicode scalars.
package struct PolicyLocation: Sendable, Equatable, Comparable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: PolicyLocation, right: PolicyLocation) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
