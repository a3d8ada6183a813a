internal import CLinux
internal import Glibc

/// What a new sandbox's pid 1 sets itself up with.
package struct SandboxLaunch: ~Copyable {
    package var standardInput: OwnedDescriptor
    package var standardOutput: OwnedDescriptor
    package var standardError: OwnedDescriptor
    package var plan: EncodedPlan
    /// Kept open by pid 1 until it has reaped everything.
    package var lease: OwnedDescriptor
    /// Mounts that the plan refers to by index.
    package var inherited: DescriptorList

    package init(
        standardInput: consuming OwnedDescriptor, standardOutput: consuming OwnedDescriptor,
        standardError: consuming OwnedDescriptor, plan: consuming EncodedPlan,
        lease: consuming OwnedDescriptor, inherited: consuming DescriptorList
    ) {
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.plan = plan
        self.lease = lease
        self.inherited = inherited
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
    ///   - later: namespaces that the clone enters by itself while the caller goes on.
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

    /// Writes the maps of the clone's user namespace, and lets it execute: pid 1 then waits for `go`.
    ///
    /// - Parameter becomesNamespaceRoot: becomes root of the user namespace first; else keeps its one
    ///   id and its capabilities.
    package borrowing func execute(
        _ program: borrowing InitProgram, identity: IdentityMap, becomesNamespaceRoot: Bool
    ) throws(SystemError) {
        let request = memory.request
        request.pointee.identity =
            becomesNamespaceRoot ? LX_IDENTITY_ROOT : LX_IDENTITY_AMBIENT
        request.pointee.capability_last = Int32(Capabilities.last)
        try identity.write(process: processIdentifier)
        try send([program.descriptor.raw])
    }

    /// Lets pid 1 perform its plan.
    package borrowing func go(_ launch: consuming SandboxLaunch) throws(SystemError) {
        try send(
            [
                launch.standardInput.raw, launch.standardOutput.raw, launch.standardError.raw,
                launch.plan.descriptor.raw, launch.lease.raw,
            ] + launch.inherited.raw)
    }

    /// Lets a plan go on that waits in `SetupStep.joinGroups`.
    ///
    /// - Parameter tasks: the `tasks` files of its v1 groups.
    package borrowing func joinGroups(_ tasks: consuming DescriptorList) throws(SystemError) {
        try send(tasks.raw)
    }

    private borrowing func send(_ descriptors: [Int32]) throws(SystemError) {
        let socket = channel.socket.raw
        do throws(SystemError) {
            try SystemCall.perform("sendmsg", "sandbox-init") {
                lx_send_descriptors(socket, descriptors, descriptors.count)
            }
        } catch {
            // A pid 1 that has ended has said why on the channel.
            guard error.errorNumber == EPIPE || error.errorNumber == ECONNRESET else {
                throw error
            }
        }
    }

    /// Sends the rest of a plan that ends in `SetupStep.pause`: in the message itself where it fits,
    /// which spares making, mapping and first touching a file.
    ///
    /// - Parameter plan: encoded.
    package borrowing func resume(with plan: [UInt8]) throws(SystemError) {
        var request = plan_request(magic: UInt32(PLAN_MAGIC), signal: 0)
        let socket = channel.socket.raw
        if plan.count <= Int(PLAN_BYTES_IN_MESSAGE_MAX) {
            let message = withUnsafeBytes(of: &request) { Array($0) } + plan
            try SystemCall.perform("sendmsg", "sandbox-init") {
                lx_send(socket, message, message.count)
            }
            return
        }
        let file = try EncodedPlan(plan)
        let descriptor = file.descriptor.raw
        try SystemCall.perform("sendmsg", "sandbox-init") {
            lx_send_with_descriptor(
                socket, &request, MemoryLayout<plan_request>.size, descriptor)
        }
    }

    /// Lets a plan go on that waits in `SetupStep.awaitNetwork`. A pid 1 that has ended meanwhile has
    /// said why on the channel.
    package borrowing func networkIsThere() { channel.send(signal: 0) }

    /// Whether pid 1 has ended.
    package borrowing func hasEnded() -> Bool {
        var entry = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
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
