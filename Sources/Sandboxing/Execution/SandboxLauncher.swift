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

/// Takes what a plan needs of this machine (a number, groups, mounts) and starts pid 1 with it.
struct SandboxLauncher {
    let host: SandboxHost
    /// Test hook, see `plan_header.fail_at`; 0 is never.
    var failingCall = 0

    /// - Parameters:
    ///   - early: namespaces that were begun already; they must be those of the plan.
    ///   - attachment: begun already where the namespaces were.
    func launch(
        _ plan: SandboxPlan, input: consuming OwnedDescriptor, output: consuming OwnedDescriptor,
        errors: consuming OwnedDescriptor, early: consuming EarlyNamespaces? = nil,
        attachment: (any NetworkAttachment)? = nil
    ) throws(SystemError) -> LaunchedSandbox {
        let lease = try SandboxLease(
            directory: host.runtimeDirectory, limit: IdentityPlan.rangeCount)
        let identity = IdentityPlan(
            number: lease.number, facts: host.facts, firstUser: host.firstUser)
        var cgroup: SandboxCgroup?
        if plan.cgroupLimits != CgroupLimits() {
            cgroup = try SandboxCgroup(
                lease: lease, limits: plan.cgroupLimits, hierarchies: host.facts.cgroups)
        }
        var mounts = MountPreparation(identity: identity)
        try mounts.prepare(plan)
        let bytes = SetupPlanCoding.encode(
            plan.steps, inheritedCount: plan.mounts.count, failingCall: failingCall,
            loopbackIsUp: early != nil)
        let birthDirectory: Int32
        let groups: DescriptorList
        switch cgroup {
        case .some(let group):
            birthDirectory = group.birthDirectory
            groups = try group.openTasks()
        case .none:
            birthDirectory = -1
            groups = DescriptorList()
        }
        let scratch = mounts.scratch.take()
        let launch = SandboxLaunch(
            identity: identity.map, becomesNamespaceRoot: identity.isPrivileged,
            standardInput: input, standardOutput: output, standardError: errors,
            plan: try EncodedPlan(bytes), lease: try lease.descriptor.duplicate(),
            inherited: mounts.takeInherited(), groups: groups)
        let process: SandboxProcess
        if let early = early.take() {
            process = early.take()
        } else {
            process = try SandboxProcess.begin(in: plan.namespaces, cgroup: birthDirectory)
            try attachment?.beginStart(process.processIdentifier)
        }
        try process.go(launch, program: host.program) { () throws(SystemError) in
            try attachment?.finishStart()
        }
        return LaunchedSandbox(
            process: process, scratch: scratch, cgroup: cgroup, lease: lease, identity: identity)
    }
}
