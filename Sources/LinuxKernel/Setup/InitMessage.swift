internal import CLinux
internal import Glibc

/// What pid 1 says on its private channel; nothing that the workload prints is ever parsed.
package enum InitMessage: Sendable, Equatable {
    /// Set-up ended at a step (`nil`: before the first one); nothing was run.
    case failed(step: Int?, errorNumber: Int32, subject: String)
    case scratch
    case terminal
    /// Everything but the command is done; pid 1 waits for the rest of its plan.
    case ready
    /// The command is about to be executed: a failure may still follow. The seccomp listener comes
    /// with it. `time` is of the monotonic clock.
    case running(timeMilliseconds: Double)
    /// `waitStatus` as in `wait(2)`; times are of all reaped processes.
    case exited(
        waitStatus: Int32, userMicroseconds: Int64, systemMicroseconds: Int64,
        residentKibibytes: Int64, timeMilliseconds: Double)
    /// Orders are taken now; with the descriptor of the root directory.
    case serving
    /// An order was performed; `process` as its number is inside. With a terminal's master side.
    case started(token: Int64, process: Int32)
    case refused(token: Int64, errorNumber: Int32, subject: String)
    case ended(process: Int32, waitStatus: Int32)
    /// With a socket.
    case socket(token: Int64)
}

/// The launcher's end of the channel to pid 1. Closing it ends the sandbox.
package struct InitChannel: ~Copyable, Sendable {
    package let socket: OwnedDescriptor

    package init(socket: consuming OwnedDescriptor) { self.socket = socket }

    /// Both ends of a new channel: ours, and the one for pid 1.
    static func pair() throws(SystemError) -> DescriptorPair {
        var pair: [Int32] = [-1, -1]
        try SystemCall.perform("socketpair") { lx_socketpair(&pair) }
        return DescriptorPair(
            first: OwnedDescriptor(owning: pair[0]), second: OwnedDescriptor(owning: pair[1]))
    }

    /// A message, and the descriptor that came with it.
    package struct Packet: ~Copyable {
        package let message: InitMessage
        private var descriptor: OwnedDescriptor?

        init(message: InitMessage, descriptor: consuming OwnedDescriptor?) {
            self.message = message
            self.descriptor = descriptor
        }

        package consuming func takeDescriptor() -> OwnedDescriptor? { descriptor }
    }

    package enum Reception: ~Copyable {
        case packet(Packet)
        case nothingYet
        case closed
    }

    /// Receives without waiting.
    package borrowing func receive() throws(SystemError) -> Reception {
        var message = plan_message()
        var raw: Int32 = -1
        var count = lx_receive_message(socket.raw, &message, &raw)
        // That pid 1 ended without reading all is said once, and before what it said itself.
        if count == -Int(ECONNRESET) {
            count = lx_receive_message(socket.raw, &message, &raw)
        }
        let descriptor = raw >= 0 ? OwnedDescriptor(owning: raw) : nil
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return .nothingYet }
        if count == 0 || count == -Int(ECONNRESET) { return .closed }
        guard count == MemoryLayout<plan_message>.size, message.magic == UInt32(PLAN_MAGIC),
            let decoded = Self.decode(message)
        else {
            throw SystemError(
                operation: "recvmsg", subject: "sandbox-init",
                errorNumber: count < 0 ? Int32(clamping: -count) : EBADMSG)
        }
        return .packet(Packet(message: decoded, descriptor: descriptor))
    }

    private static func decode(_ message: plan_message) -> InitMessage? {
        switch plan_message_kind(message.kind) {
        case PLAN_MESSAGE_FAILED:
            return .failed(
                step: message.step < 0 ? nil : Int(message.step), errorNumber: message.error,
                subject: subject(of: message))
        case PLAN_MESSAGE_SCRATCH: return .scratch
        case PLAN_MESSAGE_TERMINAL: return .terminal
        case PLAN_MESSAGE_READY: return .ready
        case PLAN_MESSAGE_RUNNING:
            return .running(timeMilliseconds: Double(message.time_nanoseconds) / 1_000_000)
        case PLAN_MESSAGE_EXITED:
            return .exited(
                waitStatus: Int32(truncatingIfNeeded: message.value.0),
                userMicroseconds: message.value.1, systemMicroseconds: message.value.2,
                residentKibibytes: message.value.3,
                timeMilliseconds: Double(message.time_nanoseconds) / 1_000_000)
        case PLAN_MESSAGE_SERVING: return .serving
        case PLAN_MESSAGE_STARTED:
            return .started(
                token: message.value.0, process: Int32(truncatingIfNeeded: message.value.1))
        case PLAN_MESSAGE_REFUSED:
            return .refused(
                token: message.value.0, errorNumber: message.error, subject: subject(of: message))
        case PLAN_MESSAGE_ENDED:
            return .ended(
                process: Int32(truncatingIfNeeded: message.value.0),
                waitStatus: Int32(truncatingIfNeeded: message.value.1))
        case PLAN_MESSAGE_SOCKET: return .socket(token: message.value.0)
        default: return nil
        }
    }

    private static func subject(of message: plan_message) -> String {
        withUnsafeBytes(of: message.subject) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Forwards a signal to the command's process group; `SIGKILL` ends the whole sandbox.
    ///
    /// A sandbox that is already gone is no error: its end is on the channel.
    package borrowing func send(signal: Int32) {
        var request = plan_request(magic: UInt32(PLAN_MAGIC), signal: signal)
        _ = lx_send(socket.raw, &request, MemoryLayout<plan_request>.size)
    }
}
