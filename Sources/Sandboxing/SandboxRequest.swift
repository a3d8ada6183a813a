package import RunModel

/// What to run in a sandbox of its own.
package struct SandboxRequest: Sendable {
    /// The program, by path or by name on the sandbox's `PATH`, and its arguments.
    package var command: [String]
    package var profile: CompiledProfile
    /// Those of the profile unless changed.
    package var limits: ResourceLimits
    package var network: NetworkMode
    package var root = RootFileSystem.host
    package var overlays: [OverlaySpecification] = []
    package var binds: [BindSpecification] = []
    /// Drydock's own, over places that a caller's binds may not cover: certificates.
    package var systemBinds: [BindSpecification] = []
    /// Set on top of the sandbox's own few variables.
    package var environment = VariableList()
    /// Absolute path inside; the first overlay, or else an empty directory.
    package var workingDirectory: String?
    package var standardInput = StandardInput.empty
    package var terminal: TerminalSize?
    package var hostName = "drydock"
    /// What of the worktree is opened is to be told; `nil` costs nothing.
    package var observation: FileObservationPlan?
    /// Refusals that pass no filter are to be told too; `nil` costs nothing. Not with `observation`.
    package var trace: FileTracePlan?
    /// The one user inside, as programs and `/etc/passwd` call it.
    package var account = SandboxAccount()
    /// Without a command: pid 1 stays, and starts what it is asked to (`LiveSandbox`).
    package var isLive = false

    /// Whether everything inside can be made to stand still (`SandboxControl.whileFrozen`), where the
    /// host has a freezer.
    package var freezes = false

    /// A sandbox that lives on.
    package init(livingUnder profile: CompiledProfile) {
        self.init(command: [], profile: profile)
        isLive = true
        limits.wallMilliseconds = nil
        limits.cpuTimeMilliseconds = nil
    }

    package init(command: [String], profile: CompiledProfile) {
        self.command = command
        self.profile = profile
        limits = profile.settings.limits
        network = profile.settings.network
    }

    /// Where an empty working directory is, when there is no overlay.
    package static let emptyWorkingDirectory = "/work"
    /// Where a run leaves files for its caller, as `DRYDOCK_REPORTS` says inside.
    package static let reportsDirectory = "/run/drydock/reports"
    package static let homeDirectory = "/home/sandbox"
}

/// The name and the home directory of a sandbox's user.
package struct SandboxAccount: Sendable, Equatable {
    package var name: String
    package var home: String

    package init(name: String = "sandbox", home: String = SandboxRequest.homeDirectory) {
        self.name = name
        self.home = home
    }
}

/// What a sandbox's root is made of.
package enum RootFileSystem: Sendable, Equatable {
    /// System directories of this machine and the toolchains on `PATH`, read-only.
    case host
    /// A directory with a whole root file system; changes to it are dropped.
    case directory(String)
}

package enum StandardInput: Sendable, Equatable {
    case empty
    case bytes([UInt8])
    /// Copied through a pipe, so that the sandbox never holds the host's file. Stays the caller's.
    case descriptor(Int32)
}

package struct TerminalSize: Sendable, Equatable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16 = 24, columns: UInt16 = 80) {
        self.rows = rows
        self.columns = columns
    }
}
