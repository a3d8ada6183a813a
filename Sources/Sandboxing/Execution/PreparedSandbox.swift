internal import Glibc
internal import LinuxKernel
internal import RunModel

/// A sandbox that is complete but for its command, which pid 1 waits for. It runs one command and is
/// gone with it: nothing of a run is ever there for the next. Dropping it ends it.
package struct PreparedSandbox: ~Copyable, Sendable {
    var running: RunningSandbox
    private let facts: HostFacts
    /// Monotonic milliseconds.
    let preparedAt: Double

    /// For set-up, which takes milliseconds: a hang is a fault of Drydock or of the host.
    private static let setupLimitMilliseconds: Int32 = 30_000

    /// Prepares one and waits until it is ready, on the calling thread.
    ///
    /// - Parameter template: everything but the command and its environment. Standard input is empty,
    ///   the network is none or the host's, and there is no terminal.
    /// - Throws: `SandboxError` as `Sandbox.start`, and for a template that asks for more.
    package static func prepare(
        _ template: SandboxRequest, on host: SandboxHost
    ) throws(SandboxError) -> PreparedSandbox {
        var isPlain = template.terminal == nil && template.standardInput == .empty
        if case .allow = template.network { isPlain = false }
        guard isPlain else {
            throw SandboxError(
                .request, "a sandbox with input, a terminal or a gateway cannot be prepared",
                remedy: "start it with Sandbox.start")
        }
        let facts = host.facts(for: template)
        var prepared = PreparedSandbox(
            running: try Sandbox.startPaused(template, on: host, facts: facts), facts: facts,
            preparedAt: Clock.milliseconds)
        try prepared.awaitReadiness()
        prepared.running.openFinalFigures()
        return prepared
    }

    private init(running: consuming RunningSandbox, facts: HostFacts, preparedAt: Double) {
        self.running = running
        self.facts = facts
        self.preparedAt = preparedAt
    }

    private mutating func awaitReadiness() throws(SandboxError) {
        while true {
            var entry = pollfd(
                fd: running.process.channel.socket.raw, events: Int16(POLLIN), revents: 0)
            let count = poll(&entry, 1, Self.setupLimitMilliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw SandboxError(.host, "preparing a sandbox took longer than 30 s")
            }
            if try receive() { return }
        }
    }

    /// Whether it is ready.
    private mutating func receive() throws(SandboxError) -> Bool {
        let packet: InitChannel.Packet
        do throws(SystemError) {
            switch try running.process.channel.receive() {
            case .nothingYet: return false
            case .closed:
                throw SystemError(
                    operation: "prepare a sandbox", subject: "sandbox-init", errorNumber: EPIPE)
            case .packet(let received): packet = received
            }
        } catch { throw SandboxError(error) }
        switch packet.message {
        case .ready: return true
        case .scratch: running.scratch = packet.takeDescriptor()
        case .failed(let step, let errorNumber, let subject):
            let steps = running.record.plan.steps
            let failed = step.flatMap { steps.indices.contains($0) ? steps[$0] : nil }
            throw Remedies.error(step: failed, errorNumber: errorNumber, subject: subject)
        default: return false
        }
        return false
    }

    /// Runs a command in it.
    package consuming func start(
        _ command: [String], environment: VariableList = [:]
    ) throws(SandboxError) -> RunningSandbox {
        var request = running.record.request
        request.command = command
        for variable in environment.variables {
            request.environment[variable.name] = variable.value
        }
        try RequestCheck.check(request)
        var plan = running.record.plan
        let steps = SandboxPlanner.commandSteps(request, on: facts)
        plan.steps += steps
        do throws(SystemError) {
            try running.process.resume(with: SetupPlanCoding.encode(steps, inheritedCount: 0))
        } catch { throw SandboxError(error) }
        running.record = RunRecord(
            request: request, plan: plan, identity: running.record.identity,
            startedAt: Clock.milliseconds, timestamp: Clock.timestamp,
            cgroupKind: running.record.cgroupKind)
        return running
    }
}
