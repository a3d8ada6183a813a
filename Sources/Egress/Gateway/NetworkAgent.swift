internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// The program of `Sources/network-agent`, seen from the gateway: it joins the sandbox's network
/// namespace and makes sockets there. Ends with this object.
package final class NetworkAgent: SandboxSockets {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var operation: String
        package var code: CInt

        package var description: String {
            "\(operation) in the sandbox's network failed: \(String(cString: strerror(code)))"
        }
    }

    /// Requests of the agent, and what they are called where they fail.
    private enum Operation: UInt32 {
        case setUp = 1
        case bindTCP = 2
        case bindUDP = 3
        case watchLocal = 4

        var name: String {
            switch self {
            case .setUp: "set-up"
            case .bindTCP, .bindUDP: "bind"
            case .watchLocal: "packet socket"
            }
        }
    }

    private struct Request {
        var operation: Operation
        var address: [UInt8] = [0, 0, 0, 0]
        var port: UInt16 = 0
    }

    /// What every sandbox has, in the order of the answers.
    private static let entranceRequests = [
        Request(operation: .setUp), Request(operation: .watchLocal),
        Request(operation: .bindUDP, address: AddressBook.resolver, port: 53),
        Request(operation: .bindTCP, address: AddressBook.resolver, port: ProxyHandler.port),
    ]

    /// The socket to the agent; one exchange at a time.
    private let channel: Mutex<CInt>

    private struct Program {
        /// Its end of the channel, until it has started.
        var channel: CInt?
        var process: pid_t?
        var failure: SystemError?
        /// Whether the entrance was asked for already.
        var isAsked = false
    }
    private let program: Mutex<Program>

    /// An agent to be started by `start`; what it is asked before waits for it, and where something
    /// fails that is what the first answer says.
    package init() {
        do throws(SystemError) {
            let pair = try NetworkAgentProgram.channel()
            channel = Mutex(pair.first.release())
            program = Mutex(Program(channel: pair.second.release()))
        } catch {
            channel = Mutex(-1)
            program = Mutex(Program(failure: error))
        }
    }

    /// An agent that has started and joins at once.
    ///
    /// - Parameters:
    ///   - program: path of the agent.
    ///   - sandbox: any process inside the sandbox's namespaces, in this process's numbering.
    package convenience init(program: String, sandbox: Int32) throws {
        self.init()
        start(program)
        try begin(sandbox)
    }

    /// - Parameter channel: to an agent that another process started, reaps, and told whom to join;
    ///   owned from now on.
    package init(channel: CInt) {
        self.channel = Mutex(channel)
        program = Mutex(Program())
    }

    deinit {
        channel.withLock { if $0 >= 0 { close($0) } }
        program.withLock { program in
            if let end = program.channel { close(end) }
            // The agent ends at the end of its socket; waiting keeps it from staying as a zombie.
            if let process = program.process { HostProcess.reap(process) }
        }
    }

    /// Starts the program.
    ///
    /// - Parameter path: of the agent.
    package func start(_ path: String) {
        program.withLock { program in
            guard let end = program.channel else { return }
            do throws(SystemError) {
                program.process = try NetworkAgentProgram.start(path, channel: end)
            } catch { program.failure = error }
            close(end)
            program.channel = nil
        }
    }

    /// Leads the agent into a sandbox and asks for its entrance, without waiting for either.
    ///
    /// - Parameter sandbox: as of `init`. Its namespaces are there, and it lives until `enter`
    ///   returns.
    package func begin(_ sandbox: Int32) throws {
        do {
            try channel.withLock { socket in
                try NetworkAgentProgram.join(sandbox, channel: socket)
                try Self.askForEntrance(socket)
            }
        } catch { throw reason(for: error) }
        program.withLock { $0.isAsked = true }
    }

    package func enter() throws -> SandboxEntrance {
        let isAsked = program.withLock { $0.isAsked }
        return try channel.withLock { socket in
            if !isAsked { try Self.askForEntrance(socket) }
            var answers: [(descriptor: CInt?, detail: UInt32)] = []
            do {
                for request in Self.entranceRequests {
                    answers.append(try Self.answer(to: request, after: answers, from: socket))
                }
                return try Self.entrance(answers)
            } catch {
                for answer in answers { _ = answer.descriptor.map(close) }
                throw reason(for: error)
            }
        }
    }

    /// Why there is nobody to ask says more than that there is not.
    private func reason(for error: any Error) -> any Error {
        program.withLock { $0.failure } ?? error
    }

    private static func askForEntrance(_ socket: CInt) throws(Failure) {
        for request in entranceRequests { try send(request, to: socket) }
    }

    /// Without a device to look at there may be no packet sockets either: then what is refused is
    /// not seen.
    private static func answer(
        to request: Request, after answers: [(descriptor: CInt?, detail: UInt32)],
        from socket: CInt
    ) throws(Failure) -> (descriptor: CInt?, detail: UInt32) {
        do throws(Failure) {
            return try receive(request.operation.name, from: socket)
        } catch {
            guard request.operation == .watchLocal, answers[0].descriptor == nil,
                error.code != EPIPE
            else { throw error }
            return (nil, 0)
        }
    }

    private static func entrance(
        _ answers: [(descriptor: CInt?, detail: UInt32)]
    ) throws(Failure) -> SandboxEntrance {
        guard let resolver = answers[2].descriptor, let proxy = answers[3].descriptor else {
            throw Failure(operation: "bind", code: EPROTO)
        }
        let device = answers[0]
        return SandboxEntrance(
            refused: device.descriptor.map {
                RefusedDevice(descriptor: $0, hasEthernetHeader: device.detail == 2)
            }, watch: answers[1].descriptor, resolver: resolver, proxy: proxy)
    }

    package func bindTCP(_ address: [UInt8], port: UInt16) throws -> CInt {
        let request = Request(operation: .bindTCP, address: address, port: port)
        let answer = try channel.withLock { (socket) throws(Failure) in
            try Self.send(request, to: socket)
            return try Self.receive(request.operation.name, from: socket)
        }
        guard let descriptor = answer.descriptor else {
            throw Failure(operation: request.operation.name, code: EPROTO)
        }
        return descriptor
    }

    private static func send(_ request: Request, to socket: CInt) throws(Failure) {
        let bytes = NetworkAgentProgram.request(
            operation: request.operation.rawValue, address: request.address, port: request.port)
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(operation: request.operation.name, code: errno)
        }
    }

    /// `struct answer` of the agent.
    private static func receive(
        _ name: String, from socket: CInt
    ) throws(Failure) -> (descriptor: CInt?, detail: UInt32) {
        let answer: ReceivedMessage
        do throws(SystemError) { answer = try receiveMessage(from: socket, byteLimit: 8) } catch {
            throw Failure(operation: name, code: error.errorNumber)
        }
        guard answer.bytes.count == 8 else { throw Failure(operation: name, code: EPIPE) }
        let (code, detail) = answer.bytes.withUnsafeBytes {
            (
                $0.loadUnaligned(as: Int32.self),
                $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            )
        }
        guard code == 0 else { throw Failure(operation: name, code: code) }
        return (answer.descriptor, detail)
    }
}
