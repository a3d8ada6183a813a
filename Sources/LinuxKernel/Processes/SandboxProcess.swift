internal import CLinux
internal import Glibc

/// What a new sandbox's pid 1 is started with.
package struct SandboxLaunch: ~Copyable {
    package var identity: IdentityMap
    /// Becomes root of the user namespace first; else keeps its one id and its capabilities.
    package var becomesNamespaceRoot: Bool
    package var standardInput: OwnedDescriptor
    package var standardOutput: OwnedDescriptor
    package var standardError: OwnedDescriptor
    package var plan: EncodedPlan
    /// Kept open by pid 1 until it has reaped everything.
    package var lease: OwnedDescriptor
    /// Mounts that the plan refers to by index.
    package var inherited: DescriptorList
    /// `tasks` files of the v1 groups to join.
    package var groups: DescriptorList

    package init(
        identity: IdentityMap, becomesNamespaceRoot: Bool,
        standardInput: consuming OwnedDescriptor, standardOutput: consuming OwnedDescriptor,
        standardError: consuming OwnedDescriptor, plan: consuming EncodedPlan,
        lease: consuming OwnedDescriptor, inherited: consuming DescriptorList,
        groups: consuming DescriptorList
    ) {
        self.identity = identity
        self.becomesNamespaceRoot = becomesNamespaceRoot
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.plan = plan
        self.lease = lease
        self.inherited = inherited
        self.groups = groups
    }
}

/// Descriptors that are handed on together and closed together.
package struct DescriptorList: ~Copyable, Sendable {
    package private(set) var raw: [Int32] = []

    package init() {}

    /// Takes over a descriptor; its index is how a plan refers to it.
    package mutating func append(_ descriptor: consuming OwnedDescriptor) -> Int {
        raw.append(descriptor.release())
        return raw.count - 1
    }

    /// Puts another descriptor in the place of one, which is closed.
    package mutating func replace(at index: Int, with descriptor: consuming OwnedDescriptor) {
        _ = close(raw[index])
        raw[index] = descriptor.release()
    }

    /// A descriptor of one's own for the same open file.
    package borrowing func duplicate(at index: Int) throws(SystemError) -> OwnedDescriptor {
        let source = raw[index]
        let copy = try SystemCall.performLibrary("fcntl(F_DUPFD_CLOEXEC)") {
            Int(fcntl(source, F_DUPFD_CLOEXEC, 3))
        }
        return OwnedDescriptor(owning: Int32(copy))
    }

    deinit { for descriptor in raw { _ = close(descriptor) } }
}

/// Pid 1 of a running sandbox. Dropping it kills the sandbox and reaps pid 1.
package struct SandboxProcess: ~Copyable, Sendable {
    /// As seen from the host.
    package let processIdentifier: Int32
    package let pidfd: OwnedDescriptor
    package let channel: InitChannel
    private let memory: LaunchMemory
    private var isReaped = false

    private init(
        processIdentifier: Int32, pidfd: consuming OwnedDescriptor, channel: consuming InitChannel,
        memory: consuming LaunchMemory
    ) {
        self.processIdentifier = processIdentifier
        self.pidfd = pidfd
        self.channel = channel
        self.memory = memory
    }

    /// Clones what becomes pid 1, in its namespaces. It executes nothing before `go`, and ends when
    /// the value is dropped or this process dies.
    ///
    /// - Parameters:
    ///   - later: namespaces that the clone enters by itself while the caller goes on; `prepare` of
    ///     `go` may find them not there yet.
    ///   - cgroup: v2 directory to be born in; -1 for none.
    package static func begin(
        in namespaces: NamespaceSet, later: NamespaceSet = [], cgroup: Int32 = -1
    ) throws(SystemError) -> SandboxProcess {
        let pair = try InitChannel.pair()
        let memory = LaunchMemory()
        let request = memory.request
        request.pointee.flags = namespaces.rawValue
        request.pointee.later_flags = later.rawValue
        request.pointee.cgroup = cgroup
        request.pointee.control = pair.second.raw
        request.pointee.control_peer = pair.first.raw
        let process = try SystemCall.perform(
            "clone3", namespaces.names.joined(separator: ",")
        ) { lx_launch_start(request) }
        // The clone has a descriptor of its own: ours of its side can go now, and must, or its end
        // would never be seen as the end of the channel.
        return SandboxProcess(
            processIdentifier: Int32(process),
            pidfd: OwnedDescriptor(owning: request.pointee.pidfd),
            channel: InitChannel(socket: pair.first), memory: memory)
    }

    /// Writes the maps of the clone's user namespace, and lets it execute.
    ///
    /// - Parameter prepare: when it throws, nothing has been executed.
    package borrowing func go(
        _ launch: consuming SandboxLaunch, program: borrowing InitProgram,
        prepare: () throws(SystemError) -> Void = {}
    ) throws(SystemError) {
        // In the place of the channel, which the clone has, anything.
        var descriptors = [
            launch.standardInput.raw, launch.standardOutput.raw, launch.standardError.raw,
            launch.plan.descriptor.raw, launch.standardInput.raw, launch.lease.raw,
        ]
        descriptors += launch.inherited.raw
        let request = memory.request
        request.pointee.descriptor_count = descriptors.count
        request.pointee.group_count = launch.groups.raw.count
        descriptors += launch.groups.raw
        descriptors.append(program.descriptor.raw)
        request.pointee.identity =
            launch.becomesNamespaceRoot ? LX_IDENTITY_ROOT : LX_IDENTITY_AMBIENT
        request.pointee.capability_last = Int32(Capabilities.last)
        try launch.identity.write(process: processIdentifier)
        try prepare()
        try SystemCall.perform("sendmsg", "sandbox-init") {
            lx_launch_go(request, descriptors, descriptors.count)
        }
    }

    /// Sends the rest of a plan that ends in `SetupStep.pause`.
    package borrowing func resume(with plan: consuming EncodedPlan) throws(SystemError) {
        var request = plan_request(magic: UInt32(PLAN_MAGIC), signal: 0)
        let socket = channel.socket.raw
        let descriptor = plan.descriptor.raw
        try SystemCall.perform("sendmsg", "sandbox-init") {
            lx_send_with_descriptor(
                socket, &request, MemoryLayout<plan_request>.size, descriptor)
        }
    }

    /// Kills every process of the sandbox: pid 1 takes all others with it (pid_namespaces(7)).
    package borrowing func kill() {
        // Gone already is as good: there is no other error for a pidfd of our own child.
        _ = lx_pidfd_kill(pidfd.raw, SIGKILL)
    }

    /// Waits until pid 1, and so everything in the sandbox, is gone.
    package mutating func reap() {
        guard !isReaped else { return }
        var status: Int32 = 0
        while waitpid(processIdentifier, &status, 0) < 0 && errno == EINTR {}
        isReaped = true
    }

    deinit {
        if !isReaped {
            _ = lx_pidfd_kill(pidfd.raw, SIGKILL)
            var status: Int32 = 0
            while waitpid(processIdentifier, &status, 0) < 0 && errno == EINTR {}
        }
    }
}

/// What the clone uses of our memory until it executes: its stack and the request.
struct LaunchMemory: ~Copyable, Sendable {
    private let stack = CloneStack()
    // SAFETY: written before the clone is made and before it is let go, read by the clone, freed by
    // the owner after the clone has executed or ended.
    nonisolated(unsafe) let request: UnsafeMutablePointer<lx_launch>

    init() {
        request = .allocate(capacity: 1)
        request.initialize(to: lx_launch())
        request.pointee.stack = stack.base
        request.pointee.stack_bytes = CloneStack.byteCount
        request.pointee.pidfd = -1
    }

    deinit { request.deallocate() }
}
