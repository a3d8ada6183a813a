import LinuxKernel
import RunModel
import Testing

@testable import Sandboxing

/// Plans are pure: these need no privilege, and no sandbox.
@Suite struct PlanTests {
    private func facts(isPrivileged: Bool = true, cgroups: Bool = true) -> HostFacts {
        var hierarchies = CgroupHierarchies()
        if cgroups {
            for name in ["cpu", "cpuacct", "memory", "pids"] {
                hierarchies.v1[name] = "/sys/fs/cgroup/" + name
            }
        }
        return HostFacts(
            isPrivileged: isPrivileged, userIdentifier: isPrivileged ? 0 : 1234,
            groupIdentifier: 0, landlockABI: 6, lastCapability: 40, openFilesCeiling: 1024,
            systemDirectories: [
                .init(path: "/usr"), .init(path: "/bin", linkTarget: "usr/bin"),
            ],
            toolchains: ["/opt/tool"], searchPath: ["/usr/bin"], homeDirectory: "/root",
            cgroups: hierarchies)
    }

    private func lines(_ request: SandboxRequest, _ facts: HostFacts) throws -> [String] {
        try SandboxPlanner.plan(request, on: facts).steps.map(\.description)
    }

    @Test func sameInputGivesTheSamePlan() throws {
        let request = TestSandbox.shell("true")
        let plan = try SandboxPlanner.plan(request, on: facts())
        #expect(try SandboxPlanner.plan(request, on: facts()) == plan)
        #expect(plan.explanation == (try SandboxPlanner.plan(request, on: facts())).explanation)
    }

    /// What comes later could not be done any more, or would undo what came before.
    @Test(arguments: [true, false])
    func takingAwayComesInItsOrder(isPrivileged: Bool) throws {
        let lines = try lines(TestSandbox.shell("true"), facts(isPrivileged: isPrivileged))
        let order = [
            "make all mounts private", "mount a tmpfs as the new root", "mask /proc/keys",
            "make the root read-only, pivot into it, drop the old one", "change to /work",
            "enforce Landlock", "drop capabilities 0 to 40 from the bounding set",
            "become user and group 1000", "drop all capabilities", "set no new privileges",
            "install seccomp filter test/1 (6 instructions, with notifications)",
            "run /bin/sh -c true",
        ]
        let places = order.map { wanted in lines.firstIndex(of: wanted) ?? -1 }
        #expect(!places.contains(-1), "\(zip(order, places))")
        #expect(places == places.sorted())
        #expect(places.last == lines.count - 1)
    }

    @Test func limitsWithoutControllersAreRefusedUnlessPermitted() throws {
        var request = TestSandbox.shell("true")
        #expect(throws: SandboxError.self) {
            _ = try SandboxPlanner.plan(request, on: facts(cgroups: false))
        }
        request.profile = TestSandbox.profile(degrade: ["cgroup"])
        let plan = try SandboxPlanner.plan(request, on: facts(cgroups: false))
        #expect(plan.degraded.count == 1)
        #expect(plan.steps.contains { $0.description.hasPrefix("limit address space bytes") })
    }

    @Test func theHostsNetworkIsNoNamespace() throws {
        var request = TestSandbox.shell("true")
        request.network = .host
        let plan = try SandboxPlanner.plan(request, on: facts())
        #expect(!plan.namespaces.contains(.network))
        #expect(!plan.steps.contains(.loopbackUp))
    }

    @Test func tooLongArgumentListsAreRefused() throws {
        let argument = String(repeating: "x", count: 100_000)
        let request = TestSandbox.request("/bin/true")
        var long = request
        long.command += Array(repeating: argument, count: 100)
        let error = #expect(throws: SandboxError.self) {
            _ = try SandboxPlanner.plan(long, on: facts())
        }
        #expect(error?.exitStatus == 126)
    }

    @Test(arguments: [
        "/", "/proc", "/proc/sys", "/dev/x", "/etc", "/usr/lib", "/run/drydock", "relative",
        "/a/../etc", "/a/./b",
    ])
    func mountPointsThatWouldUndoAFenceAreRefused(target: String) {
        var request = TestSandbox.shell("true")
        request.binds = [BindSpecification(source: "/tmp", target: target)]
        let error = #expect(throws: SandboxError.self) {
            _ = try SandboxPlanner.plan(request, on: facts())
        }
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func optionsAreSortedAndDocumented() {
        let names = RunOptionTable.all.map(\.name)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        #expect(RunOptionTable.all.allSatisfy { !$0.help.isEmpty })
    }

    @Test func optionsAreParsed() throws {
        let options = try RunOptions.parse([
            "--memory=1MiB", "--timeout", "2s", "--bind", "/a:/b:rw", "--env", "A", "--env",
            "B=c=d",
            "--net", "host", "--", "--help", "x",
        ])
        #expect(options.limits.memoryBytes == 1 << 20)
        #expect(options.limits.wallMilliseconds == 2000)
        #expect(
            options.binds == [BindSpecification(source: "/a", target: "/b", isWritable: true)])
        #expect(options.environment.map(\.value) == [nil, "c=d"])
        #expect(options.network == .host)
        #expect(options.command == ["--help", "x"])
    }
}
