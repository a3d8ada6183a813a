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
    /// For the request at hand; see `SandboxHost.facts(for:)`.
    package var rootTree: RootTree?

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
    package static func gather(environment: VariableList) -> HostFacts {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &files)
        let home = environment["HOME"] ?? "/root"
        let path = parts(ofSearchPath: environment["PATH"] ?? "/usr/bin:/bin")
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

    /// With a ready-made root for a request; an image has its own.
    func withRootTree(for request: SandboxRequest, keptIn directory: String) -> HostFacts {
        guard request.root == .host else { return self }
        var facts = self
        facts.rootTree = RootTreeStore(runtimeDirectory: directory)
            .tree(for: request, on: self) {
                try? SandboxPlanner.explain(request, on: self).steps
            }
        return facts
    }

    private static func parts(ofSearchPath path: String) -> [String] {
        let bytes = Array(path.utf8)
        return KernelText.parts(of: 0..<bytes.count, in: bytes, separator: UInt8(ascii: ":"))
            .filter { !$0.isEmpty }.map { KernelText.text($0, in: bytes) }
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
