internal import Glibc
internal import LinuxKernel
internal import RunModel

/// A sandbox whose pid 1 performs its plan. Dropping it kills everything inside.
struct LaunchedSandbox: ~Copyable, Sendable {
    var process: SandboxProcess
    var scratch: OwnedDescriptor?
    var cgroup: SandboxCgroup?
    let lease: SandboxLease
    let identity: IdentityPlan
}

/// A sandbox that has a number and, unless it is to be born into its group, a pid 1 that waits for its
/// plan.
struct BegunSandbox: ~Copyable, Sendable {
    var process: SandboxProcess?
    let lease: SandboxLease
    let identity: IdentityPlan
}

/// Takes what a plan needs of this machine (a number, groups, mounts) and starts pid 1 with it.
struct SandboxLauncher {
    let host: SandboxHost
    /// Test hook, see `plan_header.fail_at`; 0 is never.
    var failingCall = 0

    /// What needs no plan, and goes on beside it.
    func begin(_ early: consuming EarlyNamespaces?) throws(SystemError) -> BegunSandbox {
        let lease = try SandboxLease(
            directory: host.runtimeDirectory, limit: IdentityPlan.rangeCount)
        let identity = IdentityPlan(
            number: lease.number, facts: host.facts, firstUser: host.firstUser)
        guard let early = early.take() else {
            return BegunSandbox(process: nil, lease: lease, identity: identity)
        }
        let process = early.take()
        try execute(process, identity)
        return BegunSandbox(process: process, lease: lease, identity: identity)
    }

    private func execute(
        _ process: borrowing SandboxProcess, _ identity: IdentityPlan
    ) throws(SystemError) {
        try process.execute(
            host.program, identity: identity.map, becomesNamespaceRoot: identity.isPrivileged)
    }

    /// - Parameters:
    ///   - begun: in the namespaces of the plan, where it has them.
    ///   - attachment: begun already where the namespaces were.
    func launch(
        _ plan: SandboxPlan, _ begun: consuming BegunSandbox, input: consuming OwnedDescriptor,
        output: consuming OwnedDescriptor, errors: consuming OwnedDescriptor,
        attachment: (any NetworkAttachment)? = nil
    ) throws(SystemError) -> LaunchedSandbox {
        var early = begun.process.take()
        let identity = begun.identity
        let lease = begun.lease
        var mounts = MountPreparation(identity: identity)
        try mounts.prepare(plan)
        let bytes = SetupPlanCoding.encode(
            plan.steps, inheritedCount: plan.mounts.count, failingCall: failingCall,
            loopbackIsUp: early != nil)
        let scratch = mounts.scratch.take()
        let launch = SandboxLaunch(
            standardInput: input, standardOutput: output, standardError: errors,
            plan: try EncodedPlan(bytes), lease: try lease.descriptor.duplicate(),
            inherited: mounts.takeInherited())
        let process: SandboxProcess
        let cgroup: SandboxCgroup?
        if let early = early.take() {
            process = early
            try process.go(launch)
            // Pid 1 makes its root meanwhile.
            cgroup = try makeGroups(plan, lease)
        } else {
            cgroup = try makeGroups(plan, lease)
            process = try SandboxProcess.begin(
                in: plan.namespaces, cgroup: Self.birthDirectory(cgroup))
            try attachment?.beginStart(process.processIdentifier)
            try execute(process, identity)
            try process.go(launch)
        }
        try Self.join(process, cgroup)
        if let attachment { try Self.finish(attachment, process) }
        return LaunchedSandbox(
            process: process, scratch: scratch, cgroup: cgroup, lease: lease, identity: identity)
    }

    private func makeGroups(
        _ plan: SandboxPlan, _ lease: borrowing SandboxLease
    ) throws(SystemError) -> SandboxCgroup? {
        guard plan.cgroupLimits != CgroupLimits() else { return nil }
        return try SandboxCgroup(
            lease: lease, limits: plan.cgroupLimits, hierarchies: host.facts.cgroups)
    }

    private static func birthDirectory(_ cgroup: borrowing SandboxCgroup?) -> Int32 {
        switch cgroup {
        case .none: -1
        case .some(let group): group.birthDirectory
        }
    }

    private static func join(
        _ process: borrowing SandboxProcess, _ cgroup: borrowing SandboxCgroup?
    ) throws(SystemError) {
        switch cgroup {
        case .none: return
        case .some(let group):
            if group.birthDirectory < 0 { try process.joinGroups(try group.openTasks()) }
        }
    }

    /// The command waits for it, pid 1 does not.
    private static func finish(
        _ attachment: any NetworkAttachment, _ process: borrowing SandboxProcess
    ) throws(SystemError) {
        do throws(SystemError) { try attachment.finishStart() } catch {
            // A pid 1 that could not perform its plan says more than that its network is gone.
            guard process.hasEnded() else { throw error }
        }
        process.networkIsThere()
    }
}
