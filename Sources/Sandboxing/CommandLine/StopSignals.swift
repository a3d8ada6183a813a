internal import Glibc
internal import Synchronization

/// Passes SIGINT, SIGTERM and SIGHUP on to the command: the first as it is, the second ends it.
struct StopSignals {
    /// What a handler may touch: the descriptor that it writes to.
    private static let target = Atomic<Int>(-1)
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    init(control: SandboxControl) {
        Self.target.store(Int(control.signalDescriptor), ordering: .relaxed)
        // Whoever started this process may have had them blocked, and that is inherited.
        var all = sigset_t()
        sigemptyset(&all)
        for number in Self.signals { sigaddset(&all, number) }
        sigprocmask(SIG_UNBLOCK, &all, nil)
        for number in Self.signals {
            signal(number) { received in
                var byte = UInt8(truncatingIfNeeded: received)
                let descriptor = StopSignals.target.load(ordering: .relaxed)
                // write(2) is async-signal-safe; a full pipe holds the wish already.
                _ = write(Int32(descriptor), &byte, 1)
            }
        }
    }

    func stop() { for number in Self.signals { signal(number, SIG_DFL) } }
}
