internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// The program of `Sources/network-agent`, seen from the gateway: it has joined the sandbox's
/// network namespace and makes sockets there. Ends with this object.
package final class NetworkAgent: SandboxSockets {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var operation: String
        package var code: CInt

        package var description: String {
            "\(operation) in the sandbox's network failed: \(String(cString: strerror(code)))"
        }
    }

    /// The socket to the agent; one exchange at a time.
    private let channel: Mutex<CInt>
    /// `nil` where another process started it, and reaps it.
    private let pid: pid_t?

    /// - Parameters:
    ///   - program: path of the agent.
    ///   - sandbox: any process inside the sandbox's namespaces, in this process's numbering.
    package init(program: String, sandbox: Int32) throws(Failure) {
        var pair: [CInt] = [-1, -1]
        guard
            socketpair(
                AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair)
                == 0
        else { throw Failure(operation: "socketpair", code: errno) }
        defer { close(pair[1]) }
        do { pid = try Self.spawn(program, sandbox: sandbox, channel: pair[1]) } catch {
            close(pair[0])
            throw error
        }
        channel = Mutex(pair[0])
    }

    /// - Parameter channel: to an agent that another process started; owned from now on.
    package init(channel: CInt) {
        self.channel = Mutex(channel)
        pid = nil
    }

    deinit {
        channel.withLock { _ = close($0) }
        guard let pid else { return }
        // The agent ends at the end of its socket; waiting keeps it from staying as a zombie.
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }

    package func setUp() throws -> RefusedDevice? {
        let (descriptor, framing) = try exchange(1, "set-up", address: [0, 0, 0, 0], port: 0)
        return descriptor.map { RefusedDevice(descriptor: $0, hasEthernetHeader: framing == 2) }
    }

    package func bindTCP(_ address: [UInt8], port: UInt16) throws -> CInt {
        try bind(2, address, port)
    }

    package func bindUDP(_ address: [UInt8], port: UInt16) throws -> CInt {
        try bind(3, address, port)
    }

    package func watchLocal() throws -> CInt { try bind(4, [0, 0, 0, 0], 0) }

    private func bind(_ operation: UInt32, _ address: [UInt8], _ port: UInt16) throws(Failure)
        -> CInt
    {
        guard let descriptor = try exchange(operation, "bind", address: address, port: port).0
        else {
            throw Failure(operation: "bind", code: EPROTO)
        }
        return descriptor
    }

    /// `struct request` and `struct answer` of the agent.
    private func exchange(
        _ operation: UInt32, _ name: String, address: [UInt8], port: UInt16
    ) throws(Failure) -> (CInt?, UInt32) {
        var request = withUnsafeBytes(of: operation) { Array($0) }
        request += address
        request += [UInt8(port >> 8), UInt8(port & 0xff), 0, 0]
        let result: Result<ReceivedMessage, Failure> = channel.withLock { socket in
            guard
                send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
            else {
                return .failure(Failure(operation: name, code: errno))
            }
            do throws(SystemError) {
                return .success(try receiveMessage(from: socket, byteLimit: 8))
            } catch {
                return .failure(Failure(operation: name, code: error.errorNumber))
            }
        }
        let answer = try result.get()
        guard answer.bytes.count == 8 else { throw Failure(operation: name, code: EPIPE) }
        let code = answer.bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        guard code == 0 else { throw Failure(operation: name, code: code) }
        let detail = answer.bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        }
        return (answer.descriptor, detail)
    }

    private static func spawn(
        _ program: String, sandbox: Int32, channel: CInt
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Duplicating onto itself clears close-on-exec (POSIX 2024); onto 3 it is what is wanted.
        posix_spawn_file_actions_adddup2(&actions, channel, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup(program), strdup(String(sandbox)), nil,
        ]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &arguments, &environment)
        guard code == 0 else { throw Failure(operation: "start of \(program)", code: code) }
        return pid
    }
}
