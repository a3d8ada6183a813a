internal import CLinux
internal import Glibc

/// The supervisor's side of seccomp user notification (`seccomp_unotify(2)`).
///
/// What a policy notifies for can only be refused. `letObserved` is for calls that the policy allows
/// anyway and that are looked at on the way: its pointer arguments can change after they were looked
/// at, so no decision may rest on them.
package struct NotificationListener: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// A system call that waits for its answer.
    package struct Call: Sendable, Equatable {
        package var identifier: UInt64
        /// As seen from this process's pid namespace.
        package var process: Int32
        package var systemCall: Int32
        package var arguments: [UInt64]
    }

    /// The next waiting call; `nil` when its caller is gone or nothing waits.
    package borrowing func receive() -> Call? {
        var notification = lx_notification()
        guard lx_notification_receive(descriptor.raw, &notification) >= 0 else { return nil }
        let arguments = notification.arguments
        return Call(
            identifier: notification.id, process: Int32(bitPattern: notification.pid),
            systemCall: notification.system_call,
            arguments: [
                arguments.0, arguments.1, arguments.2, arguments.3, arguments.4, arguments.5,
            ])
    }

    /// Lets the call fail in its caller. A caller that has died meanwhile is no error.
    package borrowing func refuse(_ call: Call, errorNumber: Int32) {
        _ = lx_notification_refuse(descriptor.raw, call.identifier, errorNumber)
    }

    /// Lets a call go on that the policy allows unseen and that was only observed.
    package borrowing func letObserved(_ call: Call) {
        // A caller that has died meanwhile is no error.
        _ = lx_notification_allow(descriptor.raw, call.identifier)
    }

    /// Halves the time per call where the kernel can (Linux 6.6); elsewhere it only takes longer.
    package borrowing func wakesOnSameProcessor() {
        _ = lx_notification_wake_on_same_processor(descriptor.raw)
    }

    /// Text in the caller's memory, for the report only; `nil` when it cannot be read or when
    /// the process id has gone to another process meanwhile.
    package borrowing func text(at address: UInt64, of call: Call, byteLimit: Int = 256) -> String?
    {
        bytes(at: address, of: call, count: byteLimit).map {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Eight bytes of the caller's memory as a number; see `text`.
    package borrowing func number(at address: UInt64, of call: Call) -> UInt64? {
        guard let bytes = bytes(at: address, of: call, count: 8), bytes.count == 8 else {
            return nil
        }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    /// The path of a Unix socket's address; `nil` for any other address, and for an abstract name.
    package borrowing func socketPath(at address: UInt64, size: UInt64, of call: Call) -> String? {
        guard size > 2, size <= 128,
            let bytes = bytes(at: address, of: call, count: Int(size)), bytes.count > 2,
            bytes[0] == UInt8(AF_UNIX), bytes[1] == 0, bytes[2] != 0
        else { return nil }
        return String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
    }

    private borrowing func bytes(
        at address: UInt64, of call: Call, count wanted: Int
    ) -> [UInt8]? {
        guard let memory = try? OwnedDescriptor.open("/proc/\(call.process)/mem") else {
            return nil
        }
        guard lx_notification_is_valid(descriptor.raw, call.identifier) >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: wanted)
        let count = pread(memory.raw, &bytes, wanted, off_t(truncatingIfNeeded: address))
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// The caller's `comm`.
    package borrowing func processName(of call: Call) -> String? {
        guard let text = try? SmallFile.readText("/proc/\(call.process)/comm") else { return nil }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
