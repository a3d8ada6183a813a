internal import Glibc
internal import JSONText
internal import LinuxKernel
internal import RunModel

/// Looks after one living sandbox until its end, in a process of its own: it outlives the service
/// that asked for it, keeps what is printed meanwhile, and is found again by the next one.
///
/// One thread, one loop over all descriptors. Requests come over Unix connections, one each.
package final class LiveSupervisor {
    var sandbox: LiveSandbox
    var specification: LiveSpecification
    let operations: FileOperations
    let directory: String
    private let listening: OwnedDescriptor
    private var isListening = true
    /// Who may connect, besides root.
    private let owner: UInt32

    var processes: [HeldProcess] = []
    var connections: [LiveConnection] = []
    /// What to do with the answer of pid 1, by token.
    var pending: [Int64: (PendingAnswer) -> Void] = [:]
    private var lastToken: Int64 = 0
    var watchers: [String: FileWatcher] = [:]
    var log = LiveLog()
    var isPaused = false
    var isEnding = false
    var endReason = "requested"
    private var watch: RunWatch
    private var nextLook = 0.0
    /// Whether a service has followed it.
    var wasFollowed = false
    var nextPlaceLook = Clock.milliseconds + placeLookMilliseconds
    private var answeredRefusals: UInt64 = 0
    var lastContact = Clock.milliseconds
    var meter = UsageMeter()
    var networkAgents: [Int32] = []
    let startedAt = Clock.timestamp

    enum PendingAnswer {
        case started(process: Int32, terminal: DescriptorBox?)
        case socket(DescriptorBox)
        case refused(errorNumber: Int32, subject: String)
    }

    /// Between a process's end and the end of its output, when others still hold that open.
    static let lingerMilliseconds = 50.0
    /// How long and how many ended processes are kept for who comes back.
    static let keptMilliseconds = 600_000.0
    static let keptProcesses = 64
    static let processLimit = 1024
    /// Each is told every change: what one change costs is bounded by it.
    static let watcherLimit = 64
    /// What is kept of all processes' output together, and what waits for all who listen: this
    /// program's memory is not the sandbox's.
    static let keptBytesLimit = 256 << 20
    /// How often it looks whether it can still be found.
    static let placeLookMilliseconds = 60_000.0

    init(
        _ specification: LiveSpecification, sandbox: consuming LiveSandbox, directory: String,
        listening: consuming OwnedDescriptor, owner: UInt32
    ) {
        self.specification = specification
        self.directory = directory
        self.listening = listening
        self.owner = owner
        operations = FileOperations(
            account: specification.account, firstUser: sandbox.rootIdentifier)
        watch = RunWatch(
            limits: sandbox.record.request.limits, sparing: sandbox.processIdentifier)
        self.sandbox = sandbox
    }

    // MARK: The loop

    private enum Source {
        case channel, process, listener, listening
        case connection(LiveConnection)
        case output(HeldProcess, Int)
        case input(HeldProcess)
        case watcher(FileWatcher)
    }

    /// Returns when the sandbox has ended.
    package func run() {
        log.add(.info, "sandbox started")
        while !isEnding {
            var entries: [pollfd] = []
            var sources: [Source] = []
            settleFloors()
            collect(&entries, &sources)
            let count = poll(&entries, nfds_t(entries.count), timeout())
            if count > 0 {
                for (entry, source) in zip(entries, sources) where entry.revents != 0 {
                    handle(source, entry.revents)
                }
            }
            lookAtTime()
            pump()
            lookAtService()
        }
        finish()
    }

    private func collect(_ entries: inout [pollfd], _ sources: inout [Source]) {
        func add(_ descriptor: Int32, _ events: Int32, _ source: Source) {
            entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
            sources.append(source)
        }
        add(sandbox.channelDescriptor, POLLIN, .channel)
        add(sandbox.processDescriptor, POLLIN, .process)
        if isListening { add(listening.raw, POLLIN, .listening) }
        switch sandbox.listener {
        case .some(let listener): add(listener.descriptor.raw, POLLIN, .listener)
        case .none: break
        }
        for connection in connections {
            var events = connection.wantsWrite ? POLLOUT : 0
            if wantsRead(connection) { events |= POLLIN }
            add(connection.socket.raw, events, .connection(connection))
        }
        for process in processes where process.isRunning {
            let mayRead =
                process.floor == .max || process.keptBytes < keptLimit
                || process.firstChunk < process.floor
            for (index, source) in process.sources.enumerated() where mayRead {
                if let descriptor = source.descriptor {
                    add(descriptor.raw, POLLIN, .output(process, index))
                }
            }
            if process.wantsInput, let input = process.input {
                add(input.raw, POLLOUT, .input(process))
            }
        }
        for watcher in watchers.values { add(watcher.descriptor, POLLIN, .watcher(watcher)) }
        for connection in connections {
            if case .watch(let watcher) = connection.use {
                add(watcher.descriptor, POLLIN, .watcher(watcher))
            }
        }
    }

    /// What is kept of one process's output.
    var keptLimit: Int {
        min(HeldProcess.keptLimit, Self.keptBytesLimit / max(1, processes.count))
    }

    private func wantsRead(_ connection: LiveConnection) -> Bool {
        guard !connection.isClosing else { return false }
        if case .input(let process) = connection.use { return process.canTakeInput }
        return true
    }

    private func handle(_ source: Source, _ events: Int16) {
        switch source {
        case .channel: receive()
        case .process:
            receive()
            endReason = "pid 1 ended"
            isEnding = true
        case .listener:
            if events & Int16(POLLIN) != 0 {
                if let denial = sandbox.answerCall() { log.add(denial) }
            } else {
                sandbox.listener = nil
            }
        case .listening: accept()
        case .connection(let connection):
            if events & Int16(POLLOUT) != 0 { connection.flush() }
            if events & Int16(POLLIN | POLLHUP | POLLERR) != 0 { read(connection) }
        case .output(let process, let index):
            process.read(index, limit: keptLimit)
        case .input(let process): process.advanceInput()
        case .watcher(let watcher):
            sandbox.user.assume { watcher.advance(in: sandbox.root) }
        }
    }

    private func accept() {
        guard let socket = try? listening.accept(nonblocking: true),
            let user = try? peerUser(of: socket.raw),
            user == 0 || user == owner || user == geteuid()
        else { return }
        connections.append(LiveConnection(socket))
    }

    private func read(_ connection: LiveConnection) {
        guard let frames = connection.receive() else {
            hangUp(connection)
            return
        }
        lastContact = Clock.milliseconds
        for frame in frames where !connection.isGone {
            do throws(LiveFailure) { try take(frame, from: connection) } catch {
                connection.use = .none
                connection.fail(error)
            }
        }
    }

    private func hangUp(_ connection: LiveConnection) {
        connection.drop()
    }

    // MARK: Pid 1

    func order(
        _ order: InitOrder, then answer: @escaping (PendingAnswer) -> Void
    ) throws(LiveFailure) {
        let token = nextToken(answer)
        do throws(SystemError) { try sandbox.send(order, token: token) } catch {
            pending[token] = nil
            throw LiveFailure(error)
        }
    }

    func nextToken(_ answer: @escaping (PendingAnswer) -> Void) -> Int64 {
        lastToken += 1
        pending[lastToken] = answer
        return lastToken
    }

    func forget(token: Int64) { pending[token] = nil }

    private func receive() {
        while true {
            let reception: InitChannel.Reception
            do throws(SystemError) { reception = try sandbox.receive() } catch {
                endReason = error.description
                isEnding = true
                return
            }
            switch consume reception {
            case .nothingYet: return
            case .closed:
                endReason = "pid 1 ended"
                isEnding = true
                return
            case .packet(let packet):
                let message = packet.message
                take(message, packet.takeDescriptor())
            }
        }
    }

    private func take(_ message: InitMessage, _ descriptor: consuming OwnedDescriptor?) {
        var box: DescriptorBox?
        if let descriptor { box = DescriptorBox(descriptor) }
        switch message {
        case .started(let token, let process):
            pending.removeValue(forKey: token)?(.started(process: process, terminal: box))
        case .socket(let token):
            if let box { pending.removeValue(forKey: token)?(.socket(box)) }
        case .refused(let token, let errorNumber, let subject):
            pending.removeValue(forKey: token)?(
                .refused(errorNumber: errorNumber, subject: subject))
        case .ended(let identifier, let waitStatus):
            guard
                let process = processes.last(where: {
                    $0.identifier == identifier && $0.waitStatus == nil
                })
            else { return }
            process.waitStatus = waitStatus
            process.lingersUntil = Clock.milliseconds + Self.lingerMilliseconds
        default: break
        }
    }

    // MARK: Time

    private func timeout() -> Int32 {
        let now = Clock.milliseconds
        var deadline = min(
            lastContact + Double(specification.leaseMilliseconds), nextPlaceLook)
        for process in processes {
            if process.isRunning, let at = process.deadline, !process.isPastDeadline {
                deadline = min(deadline, at)
            }
            if process.isRunning, let at = process.lingersUntil { deadline = min(deadline, at) }
            if let at = process.finishedAt { deadline = min(deadline, at + Self.keptMilliseconds) }
        }
        if let rest = millisecondsLeft { deadline = min(deadline, now + rest) }
        if isBusy { deadline = min(deadline, nextLook) }
        let rest = max(0, deadline - now) + 0.999
        return Int32(clamping: Int(min(rest, 3_600_000)))
    }

    /// Limits are looked at while something runs; an idle sandbox costs no processor time.
    private var isBusy: Bool { !isPaused && processes.contains(where: \.isRunning) }

    /// Until its time is over; a paused sandbox has no end.
    var millisecondsLeft: Double? {
        guard !isPaused, let end = specification.endsAtMilliseconds else { return nil }
        return Double(end) - Clock.realMilliseconds
    }

    private func lookAtTime() {
        let now = Clock.milliseconds
        for process in processes where process.isRunning && !process.isPastDeadline {
            guard let deadline = process.deadline, now >= deadline, process.waitStatus == nil
            else { continue }
            process.isPastDeadline = true
            try? sandbox.send(
                .signal(process: process.identifier, number: SIGKILL, wholeGroup: true))
        }
        if now - lastContact > Double(specification.leaseMilliseconds) {
            endReason = "no service has asked for it in \(specification.leaseMilliseconds) ms"
            isEnding = true
        }
        if let rest = millisecondsLeft, rest <= 0 { endOfTime() }
        guard isBusy, now >= nextLook else { return }
        let finding = sandbox.look(with: &watch)
        nextLook = now + (finding.pauseMilliseconds ?? 1000)
        // The kernel counts from the beginning; what was answered for once is not again.
        let refused = finding.cause == .processLimit ? sandbox.usage().refusedProcesses ?? 0 : 0
        if refused > answeredRefusals + RunWatch.refusedProcessesLimit {
            answeredRefusals = refused
            log.add(.warn, "the process limit was reached too often; everything in it was ended")
            try? sandbox.send(.killAll)
        }
        meter.sample(sandbox.usage(), ifOlderThan: 5000)
    }

    private func endOfTime() {
        guard specification.pausesAtEnd else {
            endReason = "its time was over"
            isEnding = true
            return
        }
        do throws(LiveFailure) { try pause() } catch {
            endReason = "it could not be paused at its end: \(error.message)"
            isEnding = true
        }
    }

    func pause() throws(LiveFailure) {
        guard !isPaused else { throw LiveFailure(.failedPrecondition, "the sandbox is paused") }
        do throws(SystemError) { try sandbox.freeze() } catch { throw LiveFailure(error) }
        isPaused = true
        log.add(.info, "sandbox paused")
        tellFollowers()
    }

    func resume() throws(LiveFailure) {
        guard isPaused else { return }
        do throws(SystemError) { try sandbox.thaw() } catch { throw LiveFailure(error) }
        isPaused = false
        log.add(.info, "sandbox resumed")
    }

    func tellFollowers() {
        for connection in connections {
            if case .follow = connection.use { connection.send(.event, description) }
        }
    }

    // MARK: The end

    private func finish() {
        sandbox.end()
        // With the reason, before their connections end.
        tellFollowers()
        for process in processes where process.isRunning {
            process.waitStatus = process.waitStatus ?? SIGKILL
            _ = process.drain(limit: keptLimit)
            process.finish(at: Clock.milliseconds)
        }
        // What is on its way is delivered, to who takes it soon.
        let deadline = Clock.milliseconds + 2000
        while Clock.milliseconds < deadline, !connections.isEmpty {
            pump()
            for connection in connections {
                if case .none = connection.use, !connection.wantsWrite { connection.drop() }
                switch connection.use {
                case .watch, .follow: connection.drop()
                default: break
                }
            }
            connections.removeAll { $0.isGone }
            guard !connections.isEmpty else { break }
            var entries = connections.map {
                pollfd(fd: $0.socket.raw, events: Int16(POLLOUT), revents: 0)
            }
            _ = poll(&entries, nfds_t(entries.count), 100)
        }
        unlink(directory + "/" + LivePlace.socketName)
        unlink(directory + "/" + LivePlace.specificationName)
        rmdir(directory)
    }
}
