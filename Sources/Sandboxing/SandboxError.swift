package import LinuxKernel

/// Why a sandbox could not be had. Nothing was run.
package struct SandboxError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The request cannot be met as it is written.
        case request
        /// The command is not there, or cannot be executed.
        case commandNotFound, commandNotExecutable
        /// This host cannot do what was asked for.
        case host
    }

    package var kind: Kind
    /// What was tried, on what, and why it failed.
    package var problem: String
    /// What to do; may be empty.
    package var remedy: String

    package init(_ kind: Kind, _ problem: String, remedy: String = "") {
        self.kind = kind
        self.problem = problem
        self.remedy = remedy
    }

    package init(_ error: SystemError, remedy: String = "") {
        self.init(.host, error.description, remedy: remedy)
    }

    /// One line.
    package var description: String {
        let line = remedy.isEmpty ? problem : problem + "; " + remedy
        return line.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The contract's exit status: 125 Drydock itself, 126 not executable, 127 not found.
    package var exitStatus: Int32 {
        switch kind {
        case .request, .host: 125
        case .commandNotExecutable: 126
        case .commandNotFound: 127
        }
    }
}
