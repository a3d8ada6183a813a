internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Looks after one sandbox until it is gone: a single loop over all its descriptors.
///
/// The seam for sessions that outlive a command: what it owns is all in `RunningSandbox`, which
/// can be handed to a process of its own.
struct SandboxSupervisor: ~Copyable {
    var sandbox: RunningSandbox
    private let onOutput: ((OutputStream, ArraySlice<UInt8>) -> Void)?
    private let onUsage: ((SandboxUsage) -> Void)?
    private var nextSample = 0.0
    private var watch: RunWatch
    private var responder: DenialResponder
    private var observer: FileObserver?
    private var tracer: FileTracer?
    var course = RunCourse()
    private var listener: NotificationListener?
    private var terminal: OwnedDescriptor?
    private var hasTerminal = false
    private var streams: [StreamState]
    /// Monotonic milliseconds of the next look at limits; none before the command runs.
    private var nextLook = Double.infinity
    private var killAt: Double?

    /// For set-up, which takes milliseconds: a hang is a fault of Drydock or of the host.
    private static let setupLimitMilliseconds = 30_000.0
    /// Between a forwarded stop signal, or the wish to end, and SIGKILL to pid 1.
    private static let graceMilliseconds = 2_000.0
    private static let chunkBytes = 65536
    private static let sampleMilliseconds = 400.0

    init(
        sandbox: consuming RunningSandbox,
        onOutput: ((OutputStream, ArraySlice<UInt8>) -> Void)?, onUsage: ((SandboxUsage) -> Void)?
    ) {
        let request = sandbox.record.request
        let limit = request.limits.outputBytes
        streams = [
            StreamState(
                stream: .standardOutput, descriptor: sandbox.output.raw,
                capture: OutputCapture(byteLimit: limit), isOpen: true),
            StreamState(
                stream: .standardError, descriptor: sandbox.errors.raw,
                capture: OutputCapture(byteLimit: limit), isOpen: true),
        ]
        watch = RunWatch(
            limits: request.limits, sparing: sandbox.process.processIdentifier)
        responder = DenialResponder(profile: request.profile)
        observer = request.observation.map {
            FileObserver(
                plan: $0,
                root: request.overlays.first?.mountPoint ?? SandboxRequest.emptyWorkingDirectory)
        }
        let plan = sandbox.record.plan
        tracer = request.trace.map {
            FileTracer(plan: $0, ownPlaces: plan.ownPlaces, landlockABI: plan.landlockABI)
        }
        self.sandbox = sandbox
        self.onOutput = onOutput
        self.onUsage = onUsage
    }

    /// Whether there is nothing more to see: pid 1 is gone, or has said that nothing else is left and
    /// is somebody else's to reap.
    private var isOver: Bool {
        course.isGone || (sandbox.retired != nil && course.hasLookedAtRemains && !hasTerminal)
    }

    /// Returns when pid 1 is reaped, or about to end and retired, and all output is read.
    mutating func supervise() throws(SandboxError) {
        while !isOver || streams.contains(where: \.isOpen) {
            var polled = interests()
            let count = poll(&polled.entries, nfds_t(polled.entries.count), timeout())
            if count < 0 && errno != EINTR {
                throw SandboxError(
                    SystemError(operation: "poll", subject: "the sandbox", errorNumber: errno))
            }
            for (entry, source) in zip(polled.entries, polled.sources) where entry.revents != 0 {
                try handle(source, entry.revents)
            }
            lookAtLimits()
        }
        if let failure = course.failure { throw failure }
    }

    private enum Source {
        case channel, process, control, listener, events, audit, input, stream(Int)
    }

    private func interests() -> (entries: [pollfd], sources: [Source]) {
        var entries: [pollfd] = []
        var sources: [Source] = []
        func add(_ descriptor: Int32, _ source: Source) {
            entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            sources.append(source)
        }
        if !course.isChannelClosed { add(sandbox.process.channel.socket.raw, .channel) }
        if !course.isGone {
            add(sandbox.process.pidfd.raw, .process)
            add(sandbox.control.readEnd, .control)
        }
        switch listener {
        case .some(let listener): add(listener.descriptor.raw, .listener)
        case .none: break
        }
        switch observer {
        case .some(let observer): if observer.descriptor >= 0 { add(observer.descriptor, .events) }
        case .none: break
        }
        switch tracer {
        case .some(let tracer): if tracer.descriptor >= 0 { add(tracer.descriptor, .audit) }
        case .none: break
        }
        for (index, state) in streams.enumerated() where state.isOpen {
            add(state.descriptor, .stream(index))
        }
        if let input = sandbox.input.interest() {
            entries.append(input)
            sources.append(.input)
        }
        return (entries, sources)
    }

    private mutating func handle(_ source: Source, _ events: Int16) throws(SandboxError) {
        switch source {
        case .channel: try receive()
        case .process:
            try receive()
            sandbox.process.reap()
            course.isGone = true
            course.endedAt = course.endedAt ?? Clock.milliseconds
            listener = nil
            // The master side has no end of its own once everything behind it is dead.
            if hasTerminal { closeStream(0) }
        case .control: obeyControl()
        case .listener:
            // Without a caller left under the filter there is nothing to wait for.
            if events & Int16(POLLIN) != 0 { answerCall() } else { listener = nil }
        case .events: observer?.readEvents()
        case .audit: readAudit()
        case .input: sandbox.input.advance()
        case .stream(let index): read(index)
        }
    }

    // MARK: Pid 1

    private mutating func receive() throws(SandboxError) {
        while !course.isChannelClosed {
            do throws(SystemError) {
                switch try sandbox.process.channel.receive() {
                case .nothingYet: return
                case .closed: course.isChannelClosed = true
                case .packet(let packet): take(packet)
                }
            } catch {
                sandbox.process.kill()
                course.isChannelClosed = true
                throw SandboxError(error)
            }
        }
    }

    private mutating func take(_ packet: consuming InitChannel.Packet) {
        let message = packet.message
        let descriptor = packet.takeDescriptor()
        switch message {
        case .failed(let step, let errorNumber, let subject):
            let steps = sandbox.record.plan.steps
            let failed = step.flatMap { steps.indices.contains($0) ? steps[$0] : nil }
            course.failure = Remedies.error(
                step: failed, errorNumber: errorNumber, subject: subject)
        case .scratch: sandbox.scratch = descriptor
        case .ready: return
        case .terminal:
            if let descriptor { attachTerminal(descriptor) }
        case .running(let time):
            course.runningAt = time
            if let descriptor {
                let received = NotificationListener(descriptor)
                let request = sandbox.record.request
                if request.observation != nil || request.trace != nil {
                    received.wakesOnSameProcessor()
                }
                listener = consume received
            }
            nextLook = time + watch.firstPauseMilliseconds
            // While the command is executed, on another processor.
            sandbox.openFinalFigures()
        // Only a pid 1 that serves says these.
        case .serving, .started, .refused, .ended, .socket: break
        case .exited(let status, let user, let system, _, let time):
            course.ending.waitStatus = status
            course.endedAt = time
            course.userMilliseconds = Double(user) / 1000
            course.systemMilliseconds = Double(system) / 1000
            // Everything but pid 1 is gone: read while the kernel takes down its namespaces.
            lookAtRemains()
        }
    }

    private mutating func attachTerminal(_ master: consuming OwnedDescriptor) {
        if let copy = try? master.duplicate() {
            try? copy.makeNonblocking()
            sandbox.input.attach(copy)
        }
        streams[0].descriptor = master.raw
        streams[0].isOpen = true
        terminal = consume master
        hasTerminal = true
    }

    // MARK: Wishes and calls

    private mutating func obeyControl() {
        while let signal = sandbox.control.next() {
            if signal == SandboxControl.freezeWish || signal == SandboxControl.thawWish {
                let isFrozen = Self.setStanding(
                    sandbox.cgroup, still: signal == SandboxControl.freezeWish)
                if signal == SandboxControl.freezeWish {
                    sandbox.control.answer(isFrozen: isFrozen)
                }
                continue
            }
            // A second wish does not wait any longer.
            let isFirst = course.ending.cause == nil
            course.ending.cause = .cancelled(signal)
            if signal == SIGKILL || !isFirst {
                end()
            } else {
                sandbox.process.channel.send(signal: signal)
                killAt = Clock.milliseconds + Self.graceMilliseconds
            }
        }
    }

    /// - Returns: whether it could be done.
    private static func setStanding(_ cgroup: borrowing SandboxCgroup?, still: Bool) -> Bool {
        do throws(SystemError) {
            switch cgroup {
            case .none: return false
            case .some(let group):
                if still { try group.freeze() } else { try group.thaw() }
                return true
            }
        } catch { return false }
    }

    /// Lets pid 1 kill everything, so that it can say what was used; later it is killed itself.
    private mutating func end() {
        sandbox.process.channel.send(signal: SIGKILL)
        killAt = Clock.milliseconds + Self.graceMilliseconds / 4
    }

    private mutating func answerCall() {
        guard let current = listener.take() else { return }
        // Nothing, when the caller was killed meanwhile.
        if let call = current.receive() {
            answer(call, on: current)
        }
        listener = consume current
    }

    private mutating func answer(
        _ call: NotificationListener.Call, on listener: borrowing NotificationListener
    ) {
        let isObserved =
            switch observer {
            case .some(let observer): observer.observes(call)
            case .none: false
            }
        let isTraced =
            switch tracer {
            case .some(let tracer): tracer.traces(call)
            case .none: false
            }
        if isTraced {
            for denial in tracer?.judge(call, on: listener) ?? [] { course.denials.record(denial) }
        } else if isObserved {
            observer?.observe(
                call, on: listener, firstProcess: sandbox.process.processIdentifier)
        } else {
            course.denials.record(responder.answer(call, on: listener))
        }
    }

    private mutating func readAudit() {
        let first = sandbox.process.processIdentifier
        for denial in tracer?.readAudit(firstProcess: first) ?? [] {
            course.denials.record(denial)
        }
    }

    // MARK: Output

    private mutating func read(_ index: Int) {
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, filled in
            count = Glibc.read(streams[index].descriptor, buffer.baseAddress, buffer.count)
            filled = max(0, count)
        }[...]
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { closeStream(index) }
            return
        }
        let shown = streams[index].capture.append(chunk)
        if shown > 0, let onOutput { onOutput(streams[index].stream, chunk.prefix(shown)) }
        if let limit = sandbox.record.request.limits.outputBytes,
            streams[index].capture.byteCount > limit.multipliedSaturating(RunWatch.floodFactor),
            course.ending.cause == nil
        {
            course.ending.cause = .outputLimit
            end()
        }
    }

    private mutating func closeStream(_ index: Int) { streams[index].isOpen = false }

    // MARK: Time and limits

    private func timeout() -> Int32 {
        let now = Clock.milliseconds
        var deadline = nextLook
        if let killAt { deadline = min(deadline, killAt) }
        if let wall = wallDeadline { deadline = min(deadline, wall) }
        return Int32(min(Double(Int32.max), max(0, deadline - now) + 0.999))
    }

    private var wallDeadline: Double? {
        guard let start = course.runningAt else {
            return sandbox.record.startedAt + Self.setupLimitMilliseconds
        }
        return sandbox.record.request.limits.wallMilliseconds.map { start + Double($0) }
    }

    private mutating func lookAtLimits() {
        let now = Clock.milliseconds
        if let at = killAt, now >= at {
            sandbox.process.kill()
            killAt = now + Self.graceMilliseconds
        }
        if let wall = wallDeadline, now >= wall, course.ending.cause == nil, !course.isGone {
            course.ending.cause = .wallLimit
            end()
        }
        guard now >= nextLook else { return }
        sampleUsage(now)
        let finding = watch.look(at: sandbox.cgroup, scratch: sandbox.scratch)
        nextLook = now + (finding.pauseMilliseconds ?? 60_000)
        course.ending.filledScratch = course.ending.filledScratch || finding.isScratchFull
        if let cause = finding.cause, course.ending.cause == nil, !course.isGone {
            course.ending.cause = cause
            end()
        }
    }

    private mutating func sampleUsage(_ now: Double) {
        guard let onUsage, let start = course.runningAt, now >= nextSample, !course.isGone else {
            return
        }
        nextSample = now + max(Self.sampleMilliseconds, (now - start) * 0.02)
        onUsage(
            SandboxUsage(
                limits: sandbox.record.request.limits, of: sandbox.cgroup,
                scratch: sandbox.scratch))
    }

    // MARK: The end

    consuming func takeResult() -> SandboxResult {
        course.streams = streams.map(\.capture)
        if !course.hasLookedAtRemains { lookAtRemains() }
        course.ending.truncatedOutput = course.streams.contains { $0.isTruncated }
        readAudit()
        var report = ReportBuilder(record: sandbox.record, course: course).report
        report.fileTrace = tracer?.report
        let result = SandboxResult(
            report: report, output: course.streams[0], errors: course.streams[1],
            scratch: sandbox.scratch.take(), uppers: sandbox.record.plan.uppers,
            observation: observer?.finish())
        if let retired = sandbox.retired, !course.isGone { retired.take(sandbox) }
        return result
    }

    private mutating func lookAtRemains() {
        course.hasLookedAtRemains = true
        if let usage = FileSystemUsage(ofOptional: sandbox.scratch), usage.isFull {
            course.ending.filledScratch = true
        }
        switch sandbox.cgroup {
        case .none: break
        case .some(let cgroup):
            let figures = sandbox.finalFigures.take() ?? CgroupFinalFigures(of: cgroup)
            course.note(figures, killedByWatch: watch.memoryKills)
        }
    }
}
