internal import CLinux
internal import Glibc

/// A program of the host's own that runs beside this process, outside of any sandbox.
///
/// Foundation's `Process` will not do in a service: to learn which descriptors are open it copies
/// 256 bytes from each entry of `/proc/self/fd`, which with some 1,350 of them lies beyond the
/// buffer, and its children inherit the signals that a thread of Swift's pool blocks. This one is
/// posix_spawn(3): a process group of its own, default signals, none blocked, and no descriptor but
/// the three that it is given.
///
/// The owner waits for it; when it drops it before, the program is killed and reaped.
package struct HostProcess: ~Copyable, Sendable {
    /// What one of its three standard streams is.
    package enum Stream: Sendable {
        /// `/dev/null`.
        case null
        /// This process's own.
        case inherited
        /// An open descriptor, which stays the caller's.
        case descriptor(Int32)
    }

    package let identifier: Int32
    private var isReaped = false

    /// - Parameters:
    ///   - program: its path; `PATH` is not searched.
    ///   - arguments: without the program itself.
    ///   - environment: the whole of it.
    ///   - directory: where it starts; `nil` for this process's own.
    /// - Throws: `SystemError` of posix_spawn(3): no such program, no right to execute it.
    package init(
        _ program: String, arguments: [String] = [], environment: [String: String],
        directory: String? = nil, input: Stream = .null, output: Stream = .null,
        error: Stream = .null
    ) throws(SystemError) {
        // Out of the way of 0 to 2, which are about to be replaced.
        var kept = DescriptorList()
        var sources: [Int32?] = []
        for (target, stream) in [input, output, error].enumerated() {
            switch stream {
            case .null: sources.append(nil)
            case .inherited: sources.append(try Self.keep(Int32(target), in: &kept))
            case .descriptor(let raw): sources.append(try Self.keep(raw, in: &kept))
            }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in sources.enumerated() {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", O_RDWR, 0)
            }
        }
        let refused = lx_spawn_actions_finish(&actions, directory, 3)
        guard refused == 0 else {
            throw SystemError(operation: "posix_spawn", subject: program, errorNumber: refused)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var started: pid_t = 0
        let failure = HostProgram.withCStrings([program] + arguments) { vector in
            HostProgram.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
                posix_spawn(&started, program, &actions, &attributes, vector, variables)
            }
        }
        guard failure == 0 else {
            throw SystemError(operation: "posix_spawn", subject: program, errorNumber: failure)
        }
        identifier = started
    }

    private static func keep(
        _ raw: Int32, in list: inout DescriptorList
    ) throws(SystemError) -> Int32 {
        let copy = try SystemCall.performLibrary("fcntl(F_DUPFD_CLOEXEC)") {
            Int(fcntl(raw, F_DUPFD_CLOEXEC, 3))
        }
        _ = list.append(OwnedDescriptor(owning: Int32(copy)))
        return Int32(copy)
    }

    /// Blocks the calling thread until it has ended.
    ///
    /// - Returns: its exit status; 128 and up for a signal.
    package consuming func wait() -> Int32 {
        let status = Self.reap(identifier)
        isReaped = true
        return status
    }

    /// Gives it up to a caller who ends it by other means and then calls `reap`.
    package consuming func release() -> Int32 {
        isReaped = true
        return identifier
    }

    /// Sends a signal to it alone.
    package borrowing func signal(_ number: Int32) { _ = kill(identifier, number) }

    /// Blocks the calling thread until a child of this process has ended.
    @discardableResult
    package static func reap(_ identifier: Int32) -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 {
            // Reaped by another: nothing is known of its end.
            if errno != EINTR { return 127 }
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    deinit {
        guard !isReaped else { return }
        _ = kill(identifier, SIGKILL)
        _ = Self.reap(identifier)
    }
}
