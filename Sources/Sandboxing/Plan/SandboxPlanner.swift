internal import LinuxKernel
internal import RunModel

/// Turns a request and the host's facts into a plan. Pure: the same input gives the same plan.
package struct SandboxPlanner {
    let request: SandboxRequest
    let facts: HostFacts
    var plan: SandboxPlan

    /// The sandbox's one user inside, whatever it is outside.
    static let user: UInt32 = 1000
    static let scratchMount = 0

    var settings: SandboxProfile { request.profile.settings }

    /// - Throws: `SandboxError` of kind `request`, or `host` when a layer that was asked for cannot
    ///   be had and the profile does not permit going without.
    ///
    /// - Parameter pauses: ends the plan before the command, which comes later.
    package static func plan(
        _ request: SandboxRequest, on facts: HostFacts, pauses: Bool = false
    ) throws(SandboxError) -> SandboxPlan {
        let plan = try explain(request, on: facts, pauses: pauses)
        if let refusal = plan.refusal { throw refusal }
        return plan
    }

    /// The same for reading only: what this host cannot enforce is said in the plan.
    package static func explain(
        _ request: SandboxRequest, on facts: HostFacts, pauses: Bool = false
    ) throws(SandboxError) -> SandboxPlan {
        var planner = SandboxPlanner(request: request, facts: facts)
        try RequestCheck.check(request)
        planner.planLimits()
        planner.planRoot()
        planner.planDevices()
        planner.planScratch()
        planner.planBinds()
        planner.planKernelViews()
        planner.planPrivileges()
        if request.trace != nil { planner.plan.ownPlaces = planner.writablePaths }
        for step in pauses ? [.pause] : commandSteps(request, on: facts) { planner.add(step) }
        return planner.plan
    }

    private init(request: SandboxRequest, facts: HostFacts) {
        self.request = request
        self.facts = facts
        plan = SandboxPlan(
            namespaces: Self.namespaces(network: request.network), mounts: [], steps: [],
            cgroupLimits: CgroupLimits(),
            degraded: [], landlockABI: nil,
            scratchBytes: request.limits.diskBytes ?? 64 << 30,
            scratchFiles: request.limits.diskFiles ?? 10_000_000, uppers: [])
    }

    /// Those that pid 1 is cloned into.
    static func namespaces(network: NetworkMode) -> NamespaceSet {
        var namespaces: NamespaceSet = [.user, .pid, .mount, .ipc, .uts]
        if network != .host { namespaces.insert(.network) }
        return namespaces
    }

    mutating func add(_ step: SetupStep) { plan.steps.append(step) }

    /// The index of a mount that the launcher makes for pid 1.
    mutating func prepare(_ mount: SandboxPlan.PreparedMount) -> Int {
        plan.mounts.append(mount)
        return plan.mounts.count - 1
    }

    var workingDirectory: String {
        request.workingDirectory ?? request.overlays.first?.mountPoint
            ?? SandboxRequest.emptyWorkingDirectory
    }

    /// Pages of the scratch file system are charged to the memory group. The group's hard bound is
    /// therefore memory and disk together, and `MemoryWatch` tells them apart while the run goes
    /// on: what is not scratch may not exceed the memory limit.
    private mutating func planLimits() {
        let limits = request.limits
        var wanted = CgroupLimits()
        if let memory = limits.memoryBytes {
            wanted.memoryBytes = memory.addingSaturating(plan.scratchBytes)
        }
        wanted.processes = limits.processes.map { $0 + 1 }
        wanted.cpus = limits.cpus
        wanted.countsProcessorTime = limits.cpuTimeMilliseconds != nil || request.isLive
        wanted.freezes = request.isLive || request.freezes
        if !request.isLive, !facts.cgroups.canEnforce(wanted) { wanted.freezes = false }
        if facts.cgroups.canEnforce(wanted) {
            plan.cgroupLimits = wanted
            return
        }
        guard settings.permittedDegradations.contains("cgroup") else {
            plan.cgroupLimits = wanted
            plan.refusal = SandboxError(
                .host, "limits were asked for and no cgroup controller can be had for them",
                remedy: facts.isPrivileged
                    ? "mount a cgroup hierarchy with memory, pids and cpu at /sys/fs/cgroup, or permit rlimits instead with may_degrade: [cgroup] in the profile"
                    : "run under 'systemd-run --user --scope -p Delegate=yes', or permit rlimits instead with may_degrade: [cgroup] in the profile"
            )
            return
        }
        plan.degraded.append("cgroup: limits by rlimits, for each process instead of the run")
    }

    /// Whether limits fall to rlimits.
    var usesResourceLimitsOnly: Bool { plan.degraded.contains { $0.hasPrefix("cgroup:") } }
}

extension UInt64 {
    func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
