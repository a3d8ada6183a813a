internal import Glibc
internal import JSONText
internal import LinuxKernel
internal import RunModel

/// What can be asked of a supervisor.
extension LiveSupervisor {
    func take(_ frame: LiveConnection.Frame, from connection: LiveConnection) throws(LiveFailure) {
        switch (frame.kind, connection.use) {
        case (.request, .none) where !connection.isClosing:
            let value: JSONValue
            do throws(JSONSyntaxError) { value = try JSONValue(parsing: frame.payload) } catch {
                throw LiveFailure(.invalidArgument, "the request is \(error)")
            }
            try perform(value, on: connection)
        case (.data, .input(let process)): try process.write(frame.payload)
        case (.end, .input):
            connection.use = .none
            connection.finish(.object([]))
        case (.data, .upload(let file)):
            try sandbox.user.assume { () throws(LiveFailure) in try file.write(frame.payload) }
        case (.end, .upload(let file)):
            connection.use = .none
            let path = file.path
            connection.finish(
                try sandbox.user.assume { () throws(LiveFailure) in
                    JSONValue(members: [
                        ("entry", try operations.status(path, in: sandbox.root))
                    ])
                })
        case (.data, .restore(let archive)): try archive.write(frame.payload)
        case (.end, .restore(let archive)):
            connection.use = .none
            try archive.finish()
            connection.finish(.object([]))
        // What comes after a failure was under way before it was known.
        case (.data, _), (.end, _): break
        default:
            throw LiveFailure(.invalidArgument, "a frame of kind \(frame.kind) is out of order")
        }
    }

    private func perform(
        _ request: JSONValue, on connection: LiveConnection
    ) throws(LiveFailure) {
        guard let name = request["op"]?.stringValue else {
            throw LiveFailure(.invalidArgument, "the request has no op")
        }
        switch name {
        case "describe": connection.finish(description)
        case "follow":
            connection.send(.reply, description)
            connection.use = .follow
        case "change": connection.finish(try change(request))
        case "claim": connection.finish(try claim(request))
        case "pause":
            try pause()
            connection.finish(description)
        case "resume":
            try resume()
            connection.finish(try change(request))
        case "end":
            endReason = request["reason"]?.stringValue ?? endReason
            connection.finish(.object([]))
            isEnding = true
        case "usage":
            meter.sample(sandbox.usage(), ifOlderThan: 100)
            connection.finish(JSONValue(members: [("samples", meter.json)]))
        case "log": connection.finish(log.json)
        case "archive": try archive(connection)
        case "network_agent":
            let channel = try startNetworkAgent()
            connection.finish(.object([]), with: channel.raw)
            // Ours goes when the other copy is on its way, not before.
            _ = consume channel
        case "processes":
            connection.finish(
                JSONValue(members: [("processes", .array(processes.map(\.description)))]))
        default:
            guard !isPaused else {
                throw LiveFailure(.unavailable, "the sandbox is paused; resume it first")
            }
            try performRunning(name, request, connection)
        }
    }

    private func performRunning(
        _ name: String, _ request: JSONValue, _ connection: LiveConnection
    ) throws(LiveFailure) {
        switch name {
        case "start": try start(request, connection)
        case "attach":
            let process = try find(request)
            connection.send(.reply, process.description)
            let from = request["from"]?.integerValue ?? 0
            listen(connection, to: process, from: max(from, process.firstChunk))
        case "input":
            let process = try running(request)
            if process.input == nil {
                throw LiveFailure(
                    .failedPrecondition,
                    "the process \(process.identifier) was started without standard input, or it is closed"
                )
            }
            connection.use = .input(process)
        case "close_input":
            try running(request).closeInput()
            connection.finish(.object([]))
        case "signal": try signal(request, connection)
        case "resize": try resize(request, connection)
        case "socket": try connect(request, connection)
        case "restore":
            let scratch = try LiveFailure.wrapping { () throws(SystemError) in
                try sandbox.openScratch()
            }
            connection.use = .restore(
                ArchiveReader(
                    scratch: scratch, firstUser: sandbox.rootIdentifier,
                    isPrivileged: sandbox.record.identity.isPrivileged))
        default:
            guard try performFile(name, request, connection) else {
                throw LiveFailure(.invalidArgument, "\(name) is no operation")
            }
        }
    }

    // MARK: The sandbox

    var description: JSONValue {
        JSONValue(members: [
            ("specification", specification.json), ("paused", .bool(isPaused)),
            ("started_at", .string(startedAt)), ("number", JSONValue(sandbox.number)),
            ("pid_one", JSONValue(sandbox.processIdentifier)),
            ("supervisor", JSONValue(getpid())),
            ("processes", .array(processes.map(\.description))),
            ("end_reason", isEnding ? JSONValue.string(endReason) : nil),
        ])
    }

    private func change(_ request: JSONValue) throws(LiveFailure) -> JSONValue {
        if let end = request["ends_at_ms"]?.integerValue {
            specification.endsAtMilliseconds = UInt64(clamping: end)
        }
        if let flag = request["pauses_at_end"]?.boolValue { specification.pausesAtEnd = flag }
        if let note = request["note"] { specification.note = note }
        tellFollowers()
        return description
    }

    /// Gives a sandbox that was made in advance to its one user.
    private func claim(_ request: JSONValue) throws(LiveFailure) -> JSONValue {
        guard specification.note["pool"]?.boolValue == true, processes.isEmpty else {
            throw LiveFailure(.failedPrecondition, "the sandbox is somebody's already")
        }
        if let environment = request["environment"]?.stringMap {
            specification.environment = environment
            sandbox.setEnvironment(environment)
        }
        return try change(request)
    }

    /// Everything that is written inside, while nothing in it moves.
    private func archive(_ connection: LiveConnection) throws(LiveFailure) {
        let wasPaused = isPaused
        do throws(SystemError) {
            if !wasPaused { try sandbox.freeze() }
            defer { if !wasPaused { try? sandbox.thaw() } }
            let writer = ArchiveWriter(
                to: try OwnedDescriptor.unnamedFile(in: directory),
                firstUser: sandbox.rootIdentifier,
                isPrivileged: sandbox.record.identity.isPrivileged)
            let download = try FileDownload(
                whole: try writer.write(scratch: try sandbox.openScratch()))
            connection.send(
                .reply, JSONValue(members: [("size_bytes", JSONValue(download.bytesLeft))]))
            connection.use = .download(download)
        } catch {
            throw LiveFailure(error)
        }
    }

    // MARK: Processes

    private func find(_ request: JSONValue) throws(LiveFailure) -> HeldProcess {
        let pid = request["pid"]?.integerValue
        let tag = request["tag"]?.stringValue
        // The newest first: a number may have been used before.
        for process in processes.reversed() {
            if let pid, Int(process.identifier) == pid { return process }
            if pid == nil, let tag, process.tag == tag { return process }
        }
        throw LiveFailure(
            .notFound, "there is no process \(pid.map(String.init) ?? tag ?? "") in this sandbox")
    }

    private func running(_ request: JSONValue) throws(LiveFailure) -> HeldProcess {
        let process = try find(request)
        guard process.waitStatus == nil, process.identifier != 0 else {
            throw LiveFailure(.notFound, "the process \(process.identifier) has ended")
        }
        return process
    }

    private func start(_ request: JSONValue, _ connection: LiveConnection) throws(LiveFailure) {
        let order = try processOrder(request)
        guard processes.count(where: \.isRunning) < Self.processLimit else {
            throw LiveFailure(
                .resourceExhausted, "\(Self.processLimit) commands run in this sandbox already")
        }
        let process = HeldProcess(
            order: order, tag: request["tag"]?.stringValue, note: request["note"] ?? .null)
        let timeout = request["timeout_ms"]?.integerValue
        let command = order.command[0]
        let token = nextToken { [weak self] answer in
            switch answer {
            case .started(let identifier, let terminal):
                process.identifier = identifier
                if let timeout { process.deadline = Clock.milliseconds + Double(timeout) }
                if let terminal {
                    _ = fcntl(terminal.raw, F_SETFL, O_RDWR | O_NONBLOCK)
                    process.sources = [
                        .init(stream: LiveFrame.Stream.terminal, descriptor: terminal)
                    ]
                    process.input = terminal
                }
                self?.keep(process)
                connection.send(.reply, process.description)
                self?.listen(connection, to: process, from: 0)
            case .refused(let errorNumber, let subject):
                connection.use = .none
                connection.fail(Self.startFailure(command, errorNumber, subject))
            case .socket: break
            }
        }
        do throws(SystemError) {
            try launch(process, wantsInput: request["stdin"]?.boolValue ?? false, token)
        } catch {
            forget(token: token)
            throw LiveFailure(error)
        }
        connection.use = .waiting
    }

    /// One more is less for each.
    private func keep(_ process: HeldProcess) {
        processes.append(process)
        guard keptLimit < HeldProcess.keptLimit else { return }
        for other in processes { other.trim(limit: keptLimit) }
    }

    private func processOrder(_ request: JSONValue) throws(LiveFailure) -> ProcessOrder {
        guard let items = request["command"]?.arrayValue, !items.isEmpty,
            !(items[0].stringValue ?? "").isEmpty
        else { throw LiveFailure(.invalidArgument, "no command was given") }
        var command: [String] = []
        for item in items {
            guard let text = item.stringValue, !text.utf8.contains(0) else {
                throw LiveFailure(.invalidArgument, "an argument is no text, or has a NUL byte")
            }
            command.append(text)
        }
        let directory = try operations.absolute(request["cwd"]?.stringValue ?? "~")
        var order = ProcessOrder(command: command, workingDirectory: directory)
        order.environment = request["environment"]?.stringMap ?? [:]
        for (name, value) in order.environment
        where name.isEmpty || name.contains("=") || name.utf8.contains(0) || value.utf8.contains(0)
        {
            throw LiveFailure(
                .invalidArgument,
                "\"\(name)\" is no name of an environment variable, or has a NUL byte")
        }
        if let size = request["terminal"] { order.terminal = try Self.terminalSize(size) }
        return order
    }

    static func terminalSize(_ value: JSONValue) throws(LiveFailure) -> TerminalSize {
        guard let rows = value["rows"]?.integerValue, let columns = value["columns"]?.integerValue,
            (1...4096).contains(rows), (1...4096).contains(columns)
        else { throw LiveFailure(.invalidArgument, "a terminal has 1 to 4096 rows and columns") }
        return TerminalSize(rows: UInt16(rows), columns: UInt16(columns))
    }

    private func launch(
        _ process: HeldProcess, wantsInput: Bool, _ token: Int64
    ) throws(SystemError) {
        guard process.order.terminal == nil else {
            try sandbox.execute(process.order, streams: [], token: token)
            return
        }
        let output = try OwnedDescriptor.pipe()
        let errors = try OwnedDescriptor.pipe()
        try output.first.makeNonblocking()
        try errors.first.makeNonblocking()
        output.first.enlargePipe(to: 262_144)
        if wantsInput {
            let pipe = try OwnedDescriptor.pipe()
            try pipe.second.makeNonblocking()
            try sandbox.execute(
                process.order, streams: [pipe.first.raw, output.second.raw, errors.second.raw],
                token: token)
            process.input = DescriptorBox(pipe.second)
        } else {
            let nothing = try OwnedDescriptor.open("/dev/null")
            try sandbox.execute(
                process.order, streams: [nothing.raw, output.second.raw, errors.second.raw],
                token: token)
        }
        process.sources = [
            .init(stream: LiveFrame.Stream.output, descriptor: DescriptorBox(output.first)),
            .init(stream: LiveFrame.Stream.errors, descriptor: DescriptorBox(errors.first)),
        ]
    }

    private static func startFailure(
        _ command: String, _ errorNumber: Int32, _ subject: String
    ) -> LiveFailure {
        if subject != command, !subject.isEmpty {
            return LiveFailure(
                errorNumber == EAGAIN ? .resourceExhausted : .invalidArgument,
                "\(command) was not started: \(subject): \(SystemError.text(of: errorNumber))")
        }
        return LiveFailure(
            errorNumber == EAGAIN || errorNumber == ENOMEM ? .resourceExhausted : .invalidArgument,
            "\(command) was not started: \(SystemError.text(of: errorNumber))")
    }

    private func signal(_ request: JSONValue, _ connection: LiveConnection) throws(LiveFailure) {
        let process = try running(request)
        guard let number = request["signal"]?.integerValue, (1...64).contains(number) else {
            throw LiveFailure(.invalidArgument, "a signal is a number from 1 to 64")
        }
        connection.use = .waiting
        // The whole group: a shell's children would otherwise go on without it.
        try order(
            .signal(process: process.identifier, number: Int32(number), wholeGroup: true)
        ) { answer in
            connection.use = .none
            if case .refused(let errorNumber, _) = answer {
                connection.fail(
                    LiveFailure(
                        LiveFailure.code(of: errorNumber),
                        "the process \(process.identifier) could not be signalled: \(SystemError.text(of: errorNumber))"
                    ))
            } else {
                connection.finish(.object([]))
            }
        }
    }

    private func resize(_ request: JSONValue, _ connection: LiveConnection) throws(LiveFailure) {
        let process = try running(request)
        guard process.order.terminal != nil, let terminal = process.input else {
            throw LiveFailure(
                .failedPrecondition, "the process \(process.identifier) has no terminal")
        }
        let size = try Self.terminalSize(request)
        try LiveFailure.wrapping { () throws(SystemError) in
            try Terminals.setSize(terminal.raw, rows: size.rows, columns: size.columns)
        }
        connection.finish(.object([]))
    }
}
