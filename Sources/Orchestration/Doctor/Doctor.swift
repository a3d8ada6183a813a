internal import Foundation
internal import GitWorktrees
internal import Glibc
internal import LinuxKernel
package import RunModel
internal import Sandboxing
internal import SeccompCompiler
internal import WorktreeLookup

/// Finds out what this host can enforce: each layer is tried in a real sandbox, none is believed.
package struct Doctor {
    private let environment: [String: String]

    package init(environment: [String: String]) { self.environment = environment }

    package func examine() -> DoctorReport {
        let facts = HostFacts.gather(environment: VariableList(environment))
        var checks = [privilege(facts), cgroups(facts), landlock(facts), policies()]
        checks.append(contentsOf: sandboxes())
        checks.append(cache())
        checks.append(toolchains(facts))
        checks.append(contentsOf: [configuration(), programs()])
        return DoctorReport(
            version: DrydockVersion.text, isReady: !checks.contains { $0.status == .missing },
            checks: checks)
    }

    private func privilege(_ facts: HostFacts) -> DoctorReport.Check {
        facts.isPrivileged
            ? .init("identity", .ok, "started as root: each sandbox has user ids of its own")
            : .init(
                "identity", .ok,
                "started as user \(facts.userIdentifier): sandboxes are in a user namespace of yours"
            )
    }

    private func cgroups(_ facts: HostFacts) -> DoctorReport.Check {
        var limits = CgroupLimits()
        limits.memoryBytes = 1 << 30
        limits.processes = 64
        limits.cpus = 1
        guard facts.cgroups.canEnforce(limits) else {
            return .init(
                "cgroups", .missing,
                "no memory, pids and cpu controllers that this user may make groups with "
                    + "(layout: \(facts.cgroups.kind ?? "none"))",
                remedy: "run under 'systemd-run --user --scope -p Delegate=yes', run as root, "
                    + "or permit the weaker rlimits with 'may_degrade: [cgroup]' in the sandbox profile"
            )
        }
        return .init(
            "cgroups", .ok, "\(facts.cgroups.kind ?? "none"): memory, pids and cpu are limited")
    }

    private func landlock(_ facts: HostFacts) -> DoctorReport.Check {
        facts.landlockABI > 0
            ? .init("landlock", .ok, "ABI \(facts.landlockABI)")
            : .init(
                "landlock", .missing, "the kernel has no Landlock, or it is switched off",
                remedy: "boot a kernel of 5.13 or newer with 'lsm=landlock,...', or permit its "
                    + "absence with 'may_degrade: [landlock]' in the sandbox profile")
    }

    private func policies() -> DoctorReport.Check {
        do {
            let profile = try ProfileCompiler(library: ShippedPolicies.library()).compile("build")
            return .init(
                "seccomp", .ok, "profile build compiles, digest \(profile.digest.prefix(12))")
        } catch {
            return .init("seccomp", .missing, "\(error)", remedy: "install Drydock again")
        }
    }

    /// A command in a sandbox, with everything on.
    private func sandboxes() -> [DoctorReport.Check] {
        do throws(SandboxError) {
            let host = try SandboxHost(
                initPath: SandboxHost.defaultInitPath(), environment: VariableList(environment))
            let profile = try CompiledProfileStore(environment: VariableList(environment)).load(
                "build")
            var request = SandboxRequest(command: ["/bin/true"], profile: profile)
            request.limits.wallMilliseconds = 20_000
            let result = try Sandbox.run(request, on: host)
            let isolation = result.report.isolation
            let detail =
                "namespaces \(isolation.namespaces.joined(separator: ", ")); "
                + "user \(isolation.user ?? "unknown"); "
                + "set up in \(result.report.setupMilliseconds.map { "\($0) ms" } ?? "unknown time")"
            guard result.report.outcome == .exited, result.report.exitCode == 0 else {
                return [
                    .init(
                        "sandbox", .missing, "/bin/true ended as \(result.report.outcome.rawValue)",
                        remedy: "run 'drydock run --report FILE -- /bin/true' and read its denials")
                ]
            }
            let status: DoctorReport.Status = isolation.degraded.isEmpty ? .ok : .degraded
            let weaker = isolation.degraded.joined(separator: ", ")
            return [.init("sandbox", status, detail, remedy: weaker)]
        } catch {
            return [.init("sandbox", .missing, error.problem, remedy: error.remedy)]
        }
    }

    private func cache() -> DoctorReport.Check {
        guard let layout = CacheLayout.standard() else {
            return .init(
                "cache", .missing, "neither XDG_CACHE_HOME nor HOME is set", remedy: "set HOME")
        }
        guard FileManager.default.fileExists(atPath: layout.root) else {
            let parent = Self.nearestExisting(layout.root)
            return access(parent, W_OK | X_OK) == 0
                ? .init("cache", .ok, "\(layout.root): made when it is first needed")
                : .init(
                    "cache", .missing, "\(layout.root) is not there, and \(parent) is not yours",
                    remedy: "name another place with XDG_CACHE_HOME")
        }
        do throws(GitError) {
            let found = try CacheCollector(layout: layout).collect(byteLimit: .max)
            return .init(
                "cache", .ok,
                "\(layout.root): \(found.keptTrees) trees, \(found.keptBytes >> 20) MiB")
        } catch {
            return .init("cache", .missing, "\(error)", remedy: "see that \(layout.root) is yours")
        }
    }

    private static func nearestExisting(_ path: String) -> String {
        var path = path
        while path.count > 1, !FileManager.default.fileExists(atPath: path) {
            path = (path as NSString).deletingLastPathComponent
        }
        return path
    }

    private func configuration() -> DoctorReport.Check {
        let files = OperatorFiles()
        do {
            _ = try files.configuration()
            return .init(
                "configuration", .ok, "the operator's files in \(files.directory) are sound")
        } catch {
            return .init(
                "configuration", .missing, "\(error)",
                remedy: "correct it: until then every command that asks the operator refuses")
        }
    }

    /// What is started beside the tool. Each belongs to an installation.
    private func programs() -> DoctorReport.Check {
        let place = (SandboxHost.defaultInitPath() as NSString).deletingLastPathComponent
        let missing = ["sandbox-init", "network-agent", "agent-client"].filter {
            access("\(place)/\($0)", X_OK) != 0
        }
        return missing.isEmpty
            ? .init("programs", .ok, "those of an installation are in \(place)")
            : .init(
                "programs", .missing, "\(place) has no \(missing.joined(separator: ", "))",
                remedy: "install Drydock again: 'make install', or its package")
    }

    private func toolchains(_ facts: HostFacts) -> DoctorReport.Check {
        let found = facts.toolchains
        return .init(
            "toolchains", .ok,
            found.isEmpty ? "those of the system directories" : found.joined(separator: ", "))
    }
}
