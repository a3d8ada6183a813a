internal import Hummingbird
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import Sandboxing

/// Processes of a sandbox: the service `process.Process` of E2B's data plane.
enum ProcessRoutes: RouteGroup {
    static let requiresKey = false
    static var errors: any ErrorBody.Type { ConnectErrorBody.self }

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let access = DataPlaneAccess(state: state)
        routes.post("process.Process/Start") { request, _ in
            let sandbox = try await access.authorised(request)
            try DataPlaneAccess.checkUser(request)
            var reader = ConnectStream.Reader(request.body)
            guard let message = try await reader.next() else {
                throw ServiceError.badRequest("the body has no message")
            }
            var members = try order(message)
            let timeout = ConnectStream.timeoutMilliseconds(request)
            members.append(("timeout_ms", timeout.map { JSONValue($0) }))
            return follow(
                sandbox, "start", members, state,
                keepalive: ConnectStream.keepaliveSeconds(request),
                timeoutMilliseconds: nil)
        }
        routes.post("process.Process/Connect") { request, _ in
            let sandbox = try await access.authorised(request)
            var reader = ConnectStream.Reader(request.body)
            guard let message = try await reader.next() else {
                throw ServiceError.badRequest("the body has no message")
            }
            return follow(
                sandbox, "attach", try selector(message), state,
                keepalive: ConnectStream.keepaliveSeconds(request),
                timeoutMilliseconds: ConnectStream.timeoutMilliseconds(request))
        }
        routes.post("process.Process/StreamInput") { request, _ in
            let sandbox = try await access.authorised(request)
            var reader = ConnectStream.Reader(request.body)
            let result: ByteBuffer
            do {
                try await streamInput(&reader, sandbox, state)
                result = ConnectStream.frame(.object([]))
            } catch let failure as LiveFailure {
                return Self.stream([ConnectStream.end(ServiceError(failure))])
            }
            return Self.stream([result, ConnectStream.end()])
        }
        addUnary(to: routes, state: state, access: access)
    }

    private static func stream(_ frames: [ByteBuffer]) -> Response {
        Response(
            status: .ok, headers: [.contentType: ConnectStream.contentType],
            body: ResponseBody(contentsOf: frames))
    }

    private static func addUnary(
        to routes: RecordingRoutes, state: ServiceState, access: DataPlaneAccess
    ) {
        func unary(
            _ method: String,
            _ body: @escaping @Sendable (E2BSandbox, JSONValue) async throws -> JSONValue
        ) {
            routes.post(RouterPath("process.Process/" + method)) { request, _ in
                let sandbox = try await access.authorised(request)
                var limits = state.configuration.limits
                limits.bodyBytes = ConnectStream.frameLimit
                let message = try await JSONBody.read(request, limits: limits)
                return JSONBody.response(
                    try await translatingFailures { try await body(sandbox, message) })
            }
        }
        let sandboxes = state.e2b.sandboxes
        unary("List") { sandbox, _ in
            let answer = try await sandboxes.ask(sandbox.identifier, "processes")
            let running = (answer["processes"]?.arrayValue ?? [])
                .filter { $0["running"]?.boolValue == true }
            return ["processes": .array(running.map(shown))]
        }
        unary("SendInput") { sandbox, message in
            let call = try await sandboxes.open(sandbox.identifier, "input", try selector(message))
            try await call.send(try input(message["input"]))
            try await call.sendEnd()
            _ = try await call.reply()
            return .object([])
        }
        unary("SendSignal") { sandbox, message in
            let number: Int
            switch message["signal"] {
            case .string("SIGNAL_SIGKILL"), .number("9"): number = 9
            case .string("SIGNAL_SIGTERM"), .number("15"): number = 15
            default:
                throw ServiceError.badRequest("signal is SIGNAL_SIGKILL or SIGNAL_SIGTERM")
            }
            try await sandboxes.ask(
                sandbox.identifier, "signal",
                try selector(message) + [("signal", JSONValue(number))])
            return .object([])
        }
        unary("CloseStdin") { sandbox, message in
            try await sandboxes.ask(sandbox.identifier, "close_input", try selector(message))
            return .object([])
        }
        unary("Update") { sandbox, message in
            guard let size = message["pty"]?["size"] else { return .object([]) }
            try await sandboxes.ask(
                sandbox.identifier, "resize",
                try selector(message) + [("rows", size["rows"]), ("columns", size["cols"])])
            return .object([])
        }
    }

    // MARK: Requests

    private static func order(_ message: JSONValue) throws -> [(String, JSONValue?)] {
        let fields = Fields(message)
        guard let process = try fields.object("process"), let command = try process.text("cmd"),
            !command.isEmpty
        else { throw ServiceError.badRequest("process.cmd is missing") }
        let arguments = try process.texts("args") ?? []
        var members: [(String, JSONValue?)] = [
            ("command", .array(([command] + arguments).map(JSONValue.string))),
            ("environment", JSONValue(stringMap: try process.map("envs") ?? [:])),
            ("tag", try fields.text("tag").map(JSONValue.string)),
            // Clients of before 0.3.0 do not say, and write to it.
            ("stdin", .bool(try fields.flag("stdin") ?? true)),
        ]
        if let directory = try process.text("cwd"), !directory.isEmpty {
            members.append(("cwd", .string(directory)))
        }
        if let size = try fields.object("pty")?.object("size") {
            members.append(
                (
                    "terminal",
                    JSONValue(members: [
                        ("rows", JSONValue(try size.number("rows") ?? 24)),
                        ("columns", JSONValue(try size.number("cols") ?? 80)),
                    ])
                ))
        }
        return members
    }

    static func selector(_ message: JSONValue) throws -> [(String, JSONValue?)] {
        guard let process = message["process"] else {
            throw ServiceError.badRequest("process is missing")
        }
        if let number = process["pid"]?.integerValue { return [("pid", JSONValue(number))] }
        if let tag = process["tag"]?.stringValue { return [("tag", .string(tag))] }
        throw ServiceError.badRequest("process has neither pid nor tag")
    }

    private static func input(_ value: JSONValue?) throws -> ByteBuffer {
        guard let text = value?["stdin"]?.stringValue ?? value?["pty"]?.stringValue else {
            // An empty input may be left out altogether.
            return ByteBuffer()
        }
        guard let bytes = Base64.decode(Array(text.utf8)) else {
            throw ServiceError.badRequest("the input is no base64")
        }
        return ByteBuffer(bytes: bytes)
    }

    private static func streamInput(
        _ reader: inout ConnectStream.Reader, _ sandbox: E2BSandbox, _ state: ServiceState
    ) async throws {
        var call: LiveCall?
        while let message = try await reader.next() {
            if let start = message["start"] {
                call = try await state.e2b.sandboxes.open(
                    sandbox.identifier, "input", try selector(start))
            } else if let data = message["data"] {
                guard let call else {
                    throw ServiceError.badRequest("the first message is not start")
                }
                try await call.send(try input(data["input"]))
            }
        }
        guard let call else { throw ServiceError.badRequest("the first message is not start") }
        try await call.sendEnd()
        _ = try await call.reply()
    }

    private static func shown(_ process: JSONValue) -> JSONValue {
        let command = process["command"]?.arrayValue ?? []
        return JSONValue(members: [
            (
                "config",
                JSONValue(members: [
                    ("cmd", command.first ?? ""), ("args", .array(Array(command.dropFirst()))),
                    ("envs", process["environment"]), ("cwd", process["cwd"]),
                ])
            ), ("pid", process["pid"]), ("tag", process["tag"]),
        ])
    }

    // MARK: Output

    /// A stream of what a process prints. It ends with the process's end, never without one.
    private static func follow(
        _ sandbox: E2BSandbox, _ operation: String, _ members: [(String, JSONValue?)],
        _ state: ServiceState, keepalive: Int64, timeoutMilliseconds: Int?
    ) -> Response {
        let deadline = timeoutMilliseconds.map { ContinuousClock.now + .milliseconds($0) }
        return ConnectStream.response { writer in
            let call = try await state.e2b.sandboxes.open(sandbox.identifier, operation, members)
            let process = try await call.reply()
            try await writer.write(
                ConnectStream.frame(["event": ["start": ["pid": process["pid"] ?? 0]]]))
            while true {
                var pause = TimeAmount.seconds(keepalive)
                if let deadline {
                    let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
                    guard rest > 0 else { throw timeout("the stream's") }
                    pause = min(pause, .milliseconds(Int64(rest) + 1))
                }
                switch try await call.next(within: pause) {
                case .message(.data(let stream, let bytes)):
                    try await writer.write(frame(stream, bytes))
                case .message(.event(let end)):
                    if end["timed_out"]?.boolValue == true { throw timeout("the command's") }
                    try await writer.write(
                        ConnectStream.frame(["event": ["end": ProcessEnd.shown(end)]]))
                    return
                case .nothing:
                    try await writer.write(ConnectStream.frame(["event": ["keepalive": [:]]]))
                case .message(.end), .message(.reply), .end:
                    throw LiveFailure(
                        .unavailable, "the sandbox ended before the process's end was known")
                }
            }
        }
    }

    private static func timeout(_ whose: String) -> ServiceError {
        ServiceError(
            .gatewayTimeout, code: "deadline_exceeded", message: "\(whose) time is over")
    }

    private static let openings: [ByteBuffer] = ["", "stdout", "stderr", "pty"].map {
        ByteBuffer(string: "{\"event\":{\"data\":{\"\($0)\":\"")
    }
    private static let closing = ByteBuffer(string: "\"}}}")

    /// A message of output, written without an intermediate value: it is what streams are made of.
    static func frame(_ stream: UInt8, _ bytes: ByteBuffer) -> ByteBuffer {
        let opening = openings[Int(min(stream, 3))]
        let size =
            opening.readableBytes + Base64.encodedBytes(bytes.readableBytes) + closing.readableBytes
        var buffer = ByteBuffer()
        buffer.reserveCapacity(size + 5)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(size))
        buffer.writeImmutableBuffer(opening)
        Base64.encode(bytes.readableBytesView, to: &buffer)
        buffer.writeImmutableBuffer(closing)
        return buffer
    }
}

/// How a process's end is said, in the words of Go's `os.ProcessState`, which clients show.
enum ProcessEnd {
    static func shown(_ end: JSONValue) -> JSONValue {
        guard let signal = end["signal"]?.integerValue else {
            let code = end["exit_code"]?.integerValue ?? 0
            return JSONValue(members: [
                ("exitCode", JSONValue(code)), ("exited", true),
                ("status", .string("exit status \(code)")),
                ("error", code == 0 ? JSONValue?.none : .string("exit status \(code)")),
            ])
        }
        let text = "signal: " + (names[signal] ?? "\(signal)")
        return JSONValue(members: [
            ("exitCode", -1), ("exited", false), ("status", .string(text)),
            ("error", .string(text)),
        ])
    }

    private static let names = [
        1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 6: "aborted",
        8: "floating point exception", 9: "killed", 11: "segmentation fault", 13: "broken pipe",
        14: "alarm clock", 15: "terminated", 31: "bad system call",
    ]
}
