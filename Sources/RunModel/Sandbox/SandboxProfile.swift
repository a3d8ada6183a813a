/// The settings of one entry of `Policies/sandbox`: everything about a sandbox but its filter.
package struct SandboxProfile: Sendable, Equatable {
    package var name: String
    /// The seccomp profile's name, an entry of `Policies/seccomp`.
    package var seccomp: String
    package var network: NetworkMode = .none
    package var limits: ResourceLimits = .standard
    /// Files and directories of the host's `/etc` that are visible inside, relative to `/etc`.
    package var etcEntries: [String] = []
    /// Absolute paths inside that are hidden behind an empty file or directory.
    package var maskedPaths: [String] = []
    /// Absolute paths inside that are made read-only where they are.
    package var readOnlyPaths: [String] = []
    /// Device nodes, by name below `/dev`.
    package var devices: [String] = []
    /// Only process directories in `/proc` (`subset=pid`): takes `cpuinfo` and `meminfo` away.
    package var showsOnlyProcesses = false
    package var usesLandlock = true
    package var usesTimeNamespace = false
    /// What may be weaker than asked for without an error: `cgroup`, `landlock`,
    /// `seccomp-notify`, `worktree`.
    package var permittedDegradations: [String] = []
    /// Names of host variables that are passed on when they are set.
    package var passedEnvironment: [String] = []

    package init(name: String, seccomp: String) {
        self.name = name
        self.seccomp = seccomp
    }
}
