internal import Glibc
package import LinuxKernel

/// Everything about this machine that a plan depends on: plans are built from facts, so that the
/// same facts give the same plan on every machine.
package struct HostFacts: Sendable, Equatable {
    /// Root: a range of user ids for each sandbox, idmapped mounts, cgroups at will.
    package var isPrivileged: Bool
    package var userIdentifier: UInt32
    package var groupIdentifier: UInt32
    package var landlockABI: Int
    package var lastCapability: Int
    package var openFilesCeiling: UInt64
    /// Top-level system directories: where a link points, or `nil` for a directory.
    package var systemDirectories: [SystemDirectory]
    /// Roots of toolchains outside the system directories, by their host path.
    package var toolchains: [String]
    /// The host's `PATH`, as far as it leads to something visible inside.
    package var searchPath: [String]
    package var homeDirectory: String
    package var cgroups: CgroupHierarchies

    package struct SystemDirectory: Sendable, Equatable {
        package var path: String
        package var linkTarget: String?

        package init(path: String, linkTarget: String? = nil) {
            self.path = path
            self.linkTarget = linkTarget
        }
    }

    package init(
        isPrivileged: Bool, userIdentifier: UInt32, groupIdentifier: UInt32, landlockABI: Int,
        lastCapability: Int, openFilesCeiling: UInt64, systemDirectories: [SystemDirectory],
        toolchains: [String], searchPath: [String], homeDirectory: String,
        cgroups: CgroupHierarchies
    ) {
        self.isPrivileged = isPrivileged
        self.userIdentifier = userIdentifier
        self.groupIdentifier = groupIdentifier
        self.landlockABI = landlockABI
        self.lastCapability = lastCapability
        self.openFilesCeiling = openFilesCeiling
        self.systemDirectories = systemDirectories
        self.toolchains = toolchains
        self.searchPath = searchPath
        self.homeDirectory = homeDirectory
        self.cgroups = cgroups
    }

    /// Looks at this machine: about twenty system calls, no process is started.
    package static func gather(environment: [String: String]) -> HostFacts {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &files)
        let home = environment["HOME"] ?? "/root"
        let path = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        let toolchains = ToolchainSearch(home: home).roots(ofSearchPath: path)
        let system = systemDirectories()
        return HostFacts(
            isPrivileged: Capabilities.isPrivileged, userIdentifier: geteuid(),
            groupIdentifier: getegid(), landlockABI: LandlockAccess.abi,
            lastCapability: Capabilities.last, openFilesCeiling: UInt64(files.rlim_max),
            systemDirectories: system, toolchains: toolchains,
            searchPath: ToolchainSearch.visible(path, system: system.map(\.path), toolchains),
            homeDirectory: home, cgroups: CgroupHierarchies.detect())
    }

    private static func systemDirectories() -> [SystemDirectory] {
        ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"].compactMap { path in
            if let target = FileKind.linkTarget(path) {
                return SystemDirectory(path: path, linkTarget: target)
            }
            return FileKind.of(path) == .directory ? SystemDirectory(path: path) : nil
        }
    }
}
