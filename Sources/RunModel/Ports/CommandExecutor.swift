/// Runs a command in a fresh sandbox over a fresh worktree. The only way in which a mechanism may
/// run anything of a repository's.
package protocol CommandExecutor: Sendable {
    /// - Throws: `PortError` when the sandbox could not be had; a command that fails is a result.
    func run(_ request: CommandRequest) async throws -> CommandResult
}

/// What to run, where, within which bounds.
package struct CommandRequest: Sendable {
    /// The tree that is checked out, in hexadecimal; `nil` is an empty directory.
    package var tree: String?
    package var arguments: [String]
    package var environment: [String: String] = [:]
    /// Relative to the worktree's root.
    package var workingDirectory = ""
    package var standardInput: [UInt8] = []
    package var limits: ResourceLimits
    /// Network rules as in the contract's `--net`.
    package var network = "none"
    /// Cached setup layers that lie under the worktree or beside it, by key.
    package var layers: [String] = []
    /// Files that are put over the worktree before the run: path to content.
    package var overlays: [OverlayFile] = []
    /// Files to fetch from `$DRYDOCK_REPORTS` afterwards; all of them when `nil`, bounded in size.
    package var reports: [String]?
    /// Whether the change set is wanted.
    package var wantsChanges = false
    /// Whether it is to be observed which files of the tree the run opens.
    package var observesFiles = false
    /// What this run is for, in the evidence.
    package var role: String

    package init(
        tree: String?, arguments: [String], limits: ResourceLimits = .standard, role: String
    ) {
        self.tree = tree
        self.arguments = arguments
        self.limits = limits
        self.role = role
    }
}

/// A file that is laid over a worktree.
package struct OverlayFile: Sendable, Equatable {
    package var path: String
    package var content: [UInt8]
    package var isExecutable: Bool

    package init(path: String, content: [UInt8], isExecutable: Bool = false) {
        self.path = path
        self.content = content
        self.isExecutable = isExecutable
    }
}

/// What came of a run.
package struct CommandResult: Sendable {
    package var report: RunReport
    /// Head and tail within the output limit.
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    /// Files from `$DRYDOCK_REPORTS`, by name.
    package var reports: [String: [UInt8]]
    /// The files that the run opened, where that was asked for and can be seen.
    package var observation: FileObservation?

    package init(
        report: RunReport, standardOutput: [UInt8], standardError: [UInt8],
        reports: [String: [UInt8]] = [:]
    ) {
        self.report = report
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.reports = reports
    }
}

/// A port could not do what it was asked: what was tried, on what, why it failed, what to do.
package struct PortError: Error, Sendable, CustomStringConvertible {
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
        "\(operation) of \(subject) failed: \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
