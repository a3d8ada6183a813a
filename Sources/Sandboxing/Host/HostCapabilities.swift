internal import LinuxKernel
internal import RunModel

/// What this host can enforce, each found out by trying it, for `drydock doctor`.
package struct HostCapabilities: Sendable, Codable, Equatable {
    package struct Check: Sendable, Codable, Equatable {
        /// Such as `user-namespaces`.
        package let name: String
        package let isAvailable: Bool
        /// What was found, or why it is missing.
        package let detail: String
        /// The command or setting that mends it; empty when nothing is missing.
        package let remedy: String

        package enum CodingKeys: String, CodingKey {
            case name
            case isAvailable = "available"
            case detail, remedy
        }
    }

    package let kernel: String
    package let checks: [Check]

    /// Whether a sandbox with every fence can be had.
    package var isComplete: Bool { checks.allSatisfy(\.isAvailable) }

    /// Tries everything; takes some milliseconds and leaves nothing.
    package static func probe(initPath: String, environment: [String: String]) -> HostCapabilities {
        let facts = HostFacts.gather(environment: environment)
        var checks = [
            userNamespaces(facts), cgroups(facts), landlock(facts), notification(), mounts(),
        ]
        if facts.isPrivileged { checks += [idmappedMounts(), overlays()] }
        checks.append(sandbox(initPath: initPath, environment: environment))
        return HostCapabilities(kernel: KernelProbe.release, checks: checks)
    }

    private static func check(
        _ name: String, found: String, remedy: String = "", _ body: () throws -> Void
    ) -> Check {
        do {
            try body()
            return Check(name: name, isAvailable: true, detail: found, remedy: "")
        } catch let error as SystemError {
            let better = Remedies.remedy(for: error)
            return Check(
                name: name, isAvailable: false, detail: error.description,
                remedy: remedy.isEmpty ? better : remedy)
        } catch let error as SandboxError {
            return Check(
                name: name, isAvailable: false, detail: error.problem, remedy: error.remedy)
        } catch {
            return Check(name: name, isAvailable: false, detail: "\(error)", remedy: remedy)
        }
    }

    private static func userNamespaces(_ facts: HostFacts) -> Check {
        let identity = IdentityPlan(
            number: 0, facts: facts, firstUser: IdentityPlan.defaultFirstUser)
        let found = facts.isPrivileged ? "with a range of ids for each sandbox" : "rootless, one id"
        return check("user-namespaces", found: found) { _ = try identity.map.makeNamespace() }
    }

    private static func cgroups(_ facts: HostFacts) -> Check {
        var limits = CgroupLimits()
        limits.memoryBytes = 1
        limits.processes = 1
        limits.cpus = 1
        let isAvailable = facts.cgroups.canEnforce(limits)
        return Check(
            name: "cgroups", isAvailable: isAvailable,
            detail: isAvailable
                ? "\(facts.cgroups.kind ?? "") with memory, pids and cpu"
                : "no group of this process's own with memory, pids and cpu",
            remedy: isAvailable
                ? ""
                : facts.isPrivileged
                    ? "mount a cgroup hierarchy at /sys/fs/cgroup"
                    : "run under 'systemd-run --user --scope -p Delegate=yes'")
    }

    private static func landlock(_ facts: HostFacts) -> Check {
        Check(
            name: "landlock", isAvailable: facts.landlockABI > 0,
            detail: facts.landlockABI > 0
                ? "ABI \(facts.landlockABI)" : "not built in, or not enabled",
            remedy: facts.landlockABI > 0 ? "" : "add landlock to the kernel's lsm= parameter")
    }

    private static func notification() -> Check {
        let isAvailable = KernelProbe.hasSeccompNotification
        return Check(
            name: "seccomp-notify", isAvailable: isAvailable,
            detail: isAvailable ? "denied calls are reported" : "denied calls cannot be reported",
            remedy: isAvailable ? "" : "use Linux 5.9 or newer")
    }

    private static func mounts() -> Check {
        let isAvailable = KernelProbe.hasMountDescriptors
        return Check(
            name: "mount-descriptors", isAvailable: isAvailable,
            detail: isAvailable ? "open_tree, move_mount, mount_setattr" : "not offered",
            remedy: isAvailable
                ? "" : "use Linux 5.12 or newer, or a container that permits these calls")
    }

    private static func idmappedMounts() -> Check {
        check(
            "idmapped-mounts", found: "binds and worktrees keep their owners",
            remedy: "use Linux 5.19 or newer and a file system that supports idmapped mounts"
        ) {
            let map = IdentityMap(
                users: [.init(inside: 0, outside: IdentityPlan.defaultFirstUser, count: 1)],
                groups: [.init(inside: 0, outside: IdentityPlan.defaultFirstUser, count: 1)],
                deniesGroups: false)
            let mount = try DetachedMount(cloning: "/usr")
            try mount.change(.readOnly, mappedBy: try map.makeNamespace(), named: "/usr")
        }
    }

    private static func overlays() -> Check {
        check(
            "overlays", found: "copy-on-write worktrees without a mount on the host",
            remedy: "use Linux 6.15 or newer, or run as an ordinary user"
        ) {
            let scratch = try DetachedMount(temporaryBytes: 1 << 20, files: 64, owner: 0)
            for name in ["lower", "upper", "work"] {
                try scratch.makeDirectory(name, mode: 0o755, owner: 0)
            }
            var lowers = DescriptorList()
            _ = lowers.append(try scratch.openDirectory("lower"))
            _ = try DetachedMount(
                lowers: lowers, upper: try scratch.openDirectory("upper"),
                work: try scratch.openDirectory("work"))
        }
    }

    /// The whole of it, without a filter and without limits.
    private static func sandbox(initPath: String, environment: [String: String]) -> Check {
        check("sandbox", found: "a command ran in one") {
            var settings = SandboxProfile(name: "probe", seccomp: "none")
            settings.devices = ["null"]
            settings.limits = ResourceLimits()
            settings.limits.diskBytes = 1 << 20
            let profile = CompiledProfile(
                settings: settings, digest: "", auditArchitecture: 0, filters: [],
                notifications: [])
            let host = try SandboxHost(initPath: initPath, environment: environment)
            let result = try Sandbox.run(
                SandboxRequest(command: ["/bin/true"], profile: profile), on: host)
            guard result.report.exitStatus == 0 else {
                throw SandboxError(
                    .host, "/bin/true ended with \(result.report.exitStatus)",
                    remedy: "see 'drydock run --explain -- true'")
            }
        }
    }
}
