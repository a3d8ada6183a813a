internal import Glibc
internal import LinuxKernel
internal import RunModel

/// A sandbox that outlives a single command: processes are started in it, together or one after
/// the other, all inside the same namespaces, filters and groups. Dropping it ends them all.
///
/// Its owner reads `channel` and passes what comes to whoever gave the order.
struct LiveSandbox: ~Copyable, Sendable {
    private var launched: LaunchedSandbox
    let root: RootedDirectory
    var listener: NotificationListener?
    let record: RunRecord
    private var isFrozen = false

    /// The sandbox's user, as the host counts.
    let user: FileIdentity
    private var responder: DenialResponder
    private let searchPath: String
    private var variables: [String: String]

    /// For set-up, which takes milliseconds: a hang is a fault of Drydock or of the host.
    private static let setupLimitMilliseconds = 30_000.0

    /// Starts pid 1 and waits until it takes orders.
    init(
        _ request: SandboxRequest, on host: SandboxHost, failingCall: Int = 0
    ) throws(SandboxError) {
        let startedAt = Clock.milliseconds
        let plan = try SandboxPlanner.plan(request, on: host.facts)
        let sandbox: LaunchedSandbox
        do throws(SystemError) {
            let launcher = SandboxLauncher(host: host, failingCall: failingCall)
            sandbox = try launcher.launch(
                plan, try launcher.begin(nil),
                input: try OwnedDescriptor.open("/dev/null", flags: O_RDWR),
                output: try OwnedDescriptor.open("/dev/null", flags: O_RDWR),
                errors: try OwnedDescriptor.open("/dev/null", flags: O_RDWR))
        } catch {
            throw SandboxError(error, remedy: Remedies.remedy(for: error))
        }
        try self.init(
            sandbox,
            RunRecord(
                request: request, plan: plan, identity: sandbox.identity, startedAt: startedAt,
                timestamp: Clock.timestamp, cgroupKind: host.facts.cgroups.kind),
            environment: SandboxEnvironment(request: request, facts: host.facts))
    }

    private init(
        _ sandbox: consuming LaunchedSandbox, _ record: RunRecord, environment: SandboxEnvironment
    ) throws(SandboxError) {
        var scratch = sandbox.scratch.take()
        var listener: NotificationListener?
        var root: OwnedDescriptor?
        let deadline = Clock.milliseconds + Self.setupLimitMilliseconds
        while root == nil {
            let packet = try Self.nextPacket(sandbox.process.channel, before: deadline)
            let message = packet.message
            let descriptor = packet.takeDescriptor()
            switch message {
            case .failed(let step, let errorNumber, let subject):
                let steps = record.plan.steps
                throw Remedies.error(
                    step: step.flatMap { steps.indices.contains($0) ? steps[$0] : nil },
                    errorNumber: errorNumber, subject: subject)
            case .scratch: scratch = descriptor
            case .running:
                if let descriptor { listener = NotificationListener(descriptor) }
            case .serving: root = descriptor
            default: break
            }
        }
        guard let directory = root.take() else {
            throw SandboxError(.host, "pid 1 gave no root directory")
        }
        sandbox.scratch = scratch
        self.root = RootedDirectory(directory)
        self.listener = listener
        self.record = record
        responder = DenialResponder(profile: record.request.profile)
        searchPath = environment.searchPath
        variables = Dictionary(
            environment.variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        user = FileIdentity(user: record.identity.user, group: record.identity.user)
        launched = sandbox
    }

    private static func nextPacket(
        _ channel: borrowing InitChannel, before deadline: Double
    ) throws(SandboxError) -> InitChannel.Packet {
        while true {
            let rest = deadline - Clock.milliseconds
            guard rest > 0 else {
                throw SandboxError(.host, "set-up took longer than 30 s")
            }
            var entry = pollfd(fd: channel.socket.raw, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, Int32(rest) + 1)
            let reception: InitChannel.Reception
            do throws(SystemError) { reception = try channel.receive() } catch {
                throw SandboxError(error)
            }
            switch consume reception {
            case .packet(let packet): return packet
            case .nothingYet: continue
            case .closed: throw SandboxError(.host, "pid 1 ended during set-up")
            }
        }
    }

    // MARK: What its owner polls

    var channelDescriptor: Int32 { launched.process.channel.socket.raw }
    var processDescriptor: Int32 { launched.process.pidfd.raw }
    /// Pid 1, as seen from the host.
    var processIdentifier: Int32 { launched.process.processIdentifier }
    var number: Int { launched.lease.number }
    var rootIdentifier: UInt32 { record.identity.root }

    func receive() throws(SystemError) -> InitChannel.Reception {
        try launched.process.channel.receive()
    }

    /// Refuses a waiting system call by its rule, and says what it was.
    mutating func answerCall() -> Denial? {
        guard let current = listener.take() else { return nil }
        var denial: Denial?
        // Nothing, when the caller was killed meanwhile.
        if let call = current.receive() { denial = responder.answer(call, on: current) }
        listener = consume current
        return denial
    }

    // MARK: Orders

    /// Orders a process; its start or its refusal comes over the channel with `token`.
    ///
    /// - Parameter streams: standard input, output and error; empty with a terminal.
    func execute(
        _ order: ProcessOrder, streams: [Int32], token: Int64
    ) throws(SystemError) {
        var environment = variables
        if order.terminal != nil { environment["TERM"] = "xterm-256color" }
        environment.merge(order.environment) { _, asked in asked }
        var steps: [SetupStep] = [
            .workingDirectory(order.workingDirectory),
            .environment(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }),
        ]
        if let size = order.terminal {
            steps.append(.terminal(rows: size.rows, columns: size.columns))
        }
        steps.append(
            .command(
                arguments: order.command, searchPath: environment["PATH"] ?? searchPath,
                fileMask: 0o022))
        let plan = try EncodedPlan(SetupPlanCoding.encode(steps, inheritedCount: 0))
        try launched.process.channel.send(
            .execute, token: token, descriptors: [plan.raw] + streams)
    }

    /// Variables on top of the sandbox's own, for what is started from now on.
    mutating func setEnvironment(_ environment: [String: String]) {
        variables.merge(environment) { _, asked in asked }
    }

    func send(_ order: InitOrder, token: Int64 = 0) throws(SystemError) {
        try launched.process.channel.send(order, token: token)
    }

    mutating func freeze() throws(SystemError) {
        guard !isFrozen else { return }
        switch launched.cgroup {
        case .none:
            throw SystemError(
                operation: "find the cgroup controller", subject: "freezer", errorNumber: ENODEV)
        case .some(let group): try group.freeze()
        }
        isFrozen = true
    }

    mutating func thaw() throws(SystemError) {
        guard isFrozen else { return }
        switch launched.cgroup {
        case .none: break
        case .some(let group): try group.thaw()
        }
        isFrozen = false
    }

    /// Ends everything inside, at once.
    mutating func end() {
        // A frozen process of cgroup v1 does not take SIGKILL.
        try? thaw()
        launched.process.kill()
        launched.process.reap()
    }

    // MARK: What it uses

    func look(with watch: inout RunWatch) -> RunWatch.Finding {
        watch.look(at: launched.cgroup, scratch: launched.scratch)
    }

    func usage() -> SandboxUsage {
        SandboxUsage(
            limits: record.request.limits, of: launched.cgroup, scratch: launched.scratch)
    }

    /// The scratch file system: all that is written inside is in it.
    func openScratch() throws(SystemError) -> OwnedDescriptor {
        switch launched.scratch {
        case .some(let scratch):
            return try OwnedDescriptor.open(
                ".", flags: O_RDONLY | O_DIRECTORY, relativeTo: scratch.raw)
        case .none:
            throw SystemError(
                operation: "open", subject: "the scratch file system", errorNumber: ENOENT)
        }
    }
}

/// What to start in a sandbox that lives.
package struct ProcessOrder: Sendable, Equatable {
    /// The program, by path or by name on the sandbox's `PATH`, and its arguments.
    package var command: [String]
    /// Set on top of the sandbox's own.
    package var environment: [String: String] = [:]
    /// Absolute path inside.
    package var workingDirectory: String
    package var terminal: TerminalSize?

    package init(command: [String], workingDirectory: String) {
        self.command = command
        self.workingDirectory = workingDirectory
    }
}
