internal import Foundation
internal import Glibc
internal import Sandboxing

/// How a command leaves that is told to end while its sandboxes run.
///
/// The process becomes another program on the spot: from that moment nothing more is decided or
/// recorded, as if it had been killed; the sandboxes' life lines are closed, so they end. What then
/// is left of them is removed, and the process ends by the signal that it got.
package enum Departure {
    /// The command of `drydock-tool` that it becomes.
    package static let command = "departure"
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let waitMilliseconds = 10_000
    /// `SIG_IGN` as a number: functions of C cannot be compared.
    private static let ignored: UInt = 1

    // SAFETY: written once, by `arm` before any handler is set, and then read by handlers only.
    nonisolated(unsafe) private static var vector:
        UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

    /// From now on SIGINT, SIGTERM and SIGHUP lead to `leave`.
    package static func arm() {
        let words: [UnsafeMutablePointer<CChar>?] = [
            strdup("drydock-tool"), strdup(command), strdup("00"), nil,
        ]
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: words.count)
        vector.initialize(from: words, count: words.count)
        Self.vector = vector
        for number in signals {
            // A shell's `nohup`, or a job in the background: what is ignored stays so.
            var known = sigaction()
            // SAFETY: a pointer to a function is as wide as UInt, and is compared only.
            guard sigaction(number, nil, &known) == 0,
                unsafeBitCast(known.__sigaction_handler.sa_handler, to: UInt.self) != ignored
            else { continue }
            signal(number) { received in
                // Nothing but memory that is there already, and calls of signal-safety(7).
                if let vector = Departure.vector, let digits = vector[2] {
                    digits[0] = CChar(48 + received / 10)
                    digits[1] = CChar(48 + received % 10)
                    execv("/proc/self/exe", vector)
                }
                _exit(128 + received)
            }
        }
    }

    /// What the process does as another program.
    package static func leave(bySignal number: Int32) -> Never {
        var left = waitMilliseconds
        while left > 0 {
            let child = waitpid(-1, nil, WNOHANG)
            if child < 0, errno != EINTR { break }
            guard child == 0 else { continue }
            usleep(20_000)
            left -= 20
        }
        let environment = VariableList(ProcessInfo.processInfo.environment)
        if let host = try? SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment)
        {
            _ = try? Leftovers.collect(on: host)
        }
        signal(number, SIG_DFL)
        // It was blocked while its handler ran, and that is inherited.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, nil)
        raise(number)
        _exit(128 + number)
    }
}
