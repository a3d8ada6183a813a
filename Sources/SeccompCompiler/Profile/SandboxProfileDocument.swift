package import PolicyFiles
internal import RunModel

/// One file of `Policies/sandbox`: everything about a sandbox but its filter.
package struct SandboxProfileDocument: Decodable, Sendable, Equatable {
    package enum Degradation: String, Decodable, Sendable, CaseIterable {
        /// rlimits instead of a cgroup.
        case cgroup
        /// No Landlock.
        case landlock
        /// Refusals by errno alone: they are missing in the report.
        case seccompNotify = "seccomp-notify"
        /// A copy in place of an overlay, which the disk limit does not bound.
        case worktree
    }

    package struct FileSystem: Decodable, Sendable, Equatable {
        /// Relative to the host's `/etc`.
        package var etc: [String]?
        /// Absolute paths inside that are empty.
        package var masked: [String]?
        package var readOnly: [String]?
        /// Names below `/dev`.
        package var devices: [String]?
        /// `subset=pid` of proc(5). Default: no.
        package var processesOnly: Bool?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case etc, masked
            case readOnly = "read_only"
            case devices
            case processesOnly = "processes_only"
        }
    }

    package var version: FormatVersion
    package var name: String
    package var description: String
    package var extends: String?
    /// A name of `Policies/seccomp`.
    package var seccomp: String?
    package var network: NetworkRule?
    package var limits: LimitsSection?
    package var files: FileSystem?
    /// Default: yes.
    package var landlock: Bool?
    /// Default: no.
    package var timeNamespace: Bool?
    /// What may be weaker without an error. Default: nothing.
    package var mayDegrade: [Degradation]?
    /// Host variables that are passed on when set.
    package var environment: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case version, name, description, extends, seccomp, network, limits, files, landlock
        case timeNamespace = "time_namespace"
        case mayDegrade = "may_degrade"
        case environment
    }

    /// This document's values over those of `lower`; lists replace lists.
    func over(_ lower: SandboxProfileDocument) -> SandboxProfileDocument {
        var result = self
        result.seccomp = seccomp ?? lower.seccomp
        result.network = network ?? lower.network
        result.limits = limits.map { $0.over(lower.limits) } ?? lower.limits
        result.landlock = landlock ?? lower.landlock
        result.timeNamespace = timeNamespace ?? lower.timeNamespace
        result.mayDegrade = mayDegrade ?? lower.mayDegrade
        result.environment = environment ?? lower.environment
        var files = self.files ?? FileSystem()
        files.etc = files.etc ?? lower.files?.etc
        files.masked = files.masked ?? lower.files?.masked
        files.readOnly = files.readOnly ?? lower.files?.readOnly
        files.devices = files.devices ?? lower.files?.devices
        files.processesOnly = files.processesOnly ?? lower.files?.processesOnly
        result.files = files
        return result
    }
}
