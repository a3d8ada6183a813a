internal import CLinux
internal import Glibc

/// What a new sandbox's pid 1 is started with.
package struct SandboxLaunch: ~Copyable {
    package var namespaces: NamespaceSet
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
    /// cgroup v2 directory to be born in, open as long as the launch lasts; -1 for none.
    package var cgroup: Int32
    /// `tasks` files of the v1 groups to join.
    package var groups: DescriptorList

    package init(
        namespaces: NamespaceSet, identity: IdentityMap, becomesNamespaceRoot: Bool,
        standardInput: consuming OwnedDescriptor, standardOutput: consuming OwnedDescriptor,
        standardError: consuming OwnedDescriptor, plan: consuming EncodedPlan,
        lease: consuming OwnedDescriptor, inherited: consuming DescriptorList,
        cgroup: Int32, groups: consuming DescriptorList
    ) {
        self.namespaces = namespaces
        self.identity = identity
        self.becomesNamespaceRoot = becomesNamespaceRoot
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.plan = plan
        self.lease = lease
        self.inherited = inherited
        self.cgroup = cgroup
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

    /// Clones pid 1, writes the maps of its user namespace, and lets it go.
    ///
    /// - Parameter prepare: receives the process id, whose namespaces are there; when it throws,
    ///   nothing has been executed and the clone is gone.
    package static func start(
        _ launch: consuming SandboxLaunch, program: borrowing InitProgram,
        prepare: (Int32) throws(SystemError) -> Void = { _ in }
    ) throws(SystemError) -> SandboxProcess {
        let pair = try InitChannel.pair()
        let memory = LaunchMemory(
            descriptors: [
                launch.standardInput.raw, launch.standardOutput.raw, launch.standardError.raw,
                launch.plan.descriptor.raw, pair.second.raw, launch.lease.raw,
            ] + launch.inherited.raw,
            groups: launch.groups.raw)
        let request = memory.request
        request.pointee.flags = launch.namespaces.rawValue
        request.pointee.cgroup = launch.cgroup
        request.pointee.program = program.descriptor.raw
        request.pointee.control_peer = pair.first.raw
        request.pointee.identity =
            launch.becomesNamespaceRoot ? LX_IDENTITY_ROOT : LX_IDENTITY_AMBIENT
        request.pointee.capability_last = Int32(Capabilities.last)
        let names = launch.namespaces.names.joined(separator: ",")
        let process = try SystemCall.perform("clone3", names) { lx_launch_start(request) }
        // The clone has descriptors of its own: ours of its side can go now, and must, or its end
        // would never be seen as the end of the channel.
        let started = SandboxProcess(
            processIdentifier: Int32(process),
            pidfd: OwnedDescriptor(owning: request.pointee.pidfd),
            channel: InitChannel(socket: pair.first), memory: memory)
        try launch.identity.write(process: started.processIdentifier)
        try prepare(started.processIdentifier)
        var go: UInt8 = 1
        let socket = started.channel.socket.raw
        try SystemCall.perform("send", "sandbox-init") { lx_send(socket, &go, 1) }
        return started
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

/// What the clone uses of our memory until it executes: its stack, the request, the descriptors.
struct LaunchMemory: ~Copyable, Sendable {
    private let stack = CloneStack()
    // SAFETY: written before the clone is made, read by the clone, freed by the owner after the
    // clone has executed or ended.
    nonisolated(unsafe) let request: UnsafeMutablePointer<lx_launch>
    nonisolated(unsafe) private let descriptors: UnsafeMutableBufferPointer<Int32>
    nonisolated(unsafe) private let groups: UnsafeMutableBufferPointer<Int32>

    init(descriptors list: [Int32], groups groupList: [Int32]) {
        groups = .allocate(capacity: groupList.count)
        _ = groups.initialize(from: groupList)
        descriptors = .allocate(capacity: list.count)
        _ = descriptors.initialize(from: list)
        request = .allocate(capacity: 1)
        request.initialize(to: lx_launch())
        request.pointee.descriptors = UnsafePointer(descriptors.baseAddress)
        request.pointee.descriptor_count = list.count
        request.pointee.groups = UnsafePointer(groups.baseAddress)
        request.pointee.group_count = groupList.count
        request.pointee.stack = stack.base
        request.pointee.stack_bytes = CloneStack.byteCount
        request.pointee.pidfd = -1
    }

    deinit {
        request.deallocate()
        descriptors.deallocate()
        groups.deallocate()
    }
}
