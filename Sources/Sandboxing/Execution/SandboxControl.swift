internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// Ends or signals a running sandbox from another thread than the one that waits for it.
package final class SandboxControl: Sendable {
    private let pipe: DescriptorPair
    /// What became of the wish to stand still.
    private let standing = Atomic<UInt8>(Standing.moving.rawValue)
    /// One at a time stops it.
    private let freezing = Mutex(())

    private enum Standing: UInt8 {
        case moving, asked, frozen, refused, over
    }

    /// Wishes that are no signals.
    static let freezeWish: Int32 = 250
    static let thawWish: Int32 = 251

    init() throws(SystemError) {
        pipe = try OwnedDescriptor.pipe()
        try pipe.first.makeNonblocking()
        try pipe.second.makeNonblocking()
    }

    var readEnd: Int32 { pipe.first.raw }

    /// A byte written here is the number of a stop signal: for signal handlers, which may do
    /// little else. Valid as long as this object.
    package var signalDescriptor: Int32 { pipe.second.raw }

    /// Ends the run at once; its outcome is `cancelled`.
    package func kill() { send(UInt8(SIGKILL)) }

    /// Passes a stop signal on to the command; what is not gone after a grace time is killed.
    package func cancel(signal: Int32) { send(UInt8(truncatingIfNeeded: signal)) }

    /// Does something while every process inside stands still, pid 1 too.
    ///
    /// - Returns: `nil` where that cannot be: the host has no freezer, or the run is over. Nothing was
    ///   done then. Blocks; a run that nobody waits for never stands still.
    package func whileFrozen<Value: Sendable>(_ body: () throws -> Value) throws -> Value? {
        try freezing.withLock { _ in
            let (isAsked, _) = standing.compareExchange(
                expected: Standing.moving.rawValue, desired: Standing.asked.rawValue,
                ordering: .sequentiallyConsistent)
            guard isAsked else { return nil }
            send(UInt8(Self.freezeWish))
            while standing.load(ordering: .sequentiallyConsistent) == Standing.asked.rawValue {
                usleep(200)
            }
            defer {
                send(UInt8(Self.thawWish))
                // A run that is over meanwhile stays so.
                for state in [Standing.frozen, .refused] {
                    _ = standing.compareExchange(
                        expected: state.rawValue, desired: Standing.moving.rawValue,
                        ordering: .sequentiallyConsistent)
                }
            }
            let state = standing.load(ordering: .sequentiallyConsistent)
            guard state == Standing.frozen.rawValue else { return nil }
            return try body()
        }
    }

    /// The supervisor's answer to `freezeWish`.
    func answer(isFrozen: Bool) {
        let state: Standing = isFrozen ? .frozen : .refused
        _ = standing.compareExchange(
            expected: Standing.asked.rawValue, desired: state.rawValue,
            ordering: .sequentiallyConsistent)
    }

    /// Nobody answers from now on.
    func finish() { standing.store(Standing.over.rawValue, ordering: .sequentiallyConsistent) }

    private func send(_ byte: UInt8) {
        var byte = byte
        // A full pipe holds thousands of the same wish already.
        _ = write(pipe.second.raw, &byte, 1)
    }

    /// The next wish, if there is one.
    func next() -> Int32? {
        var byte: UInt8 = 0
        return read(pipe.first.raw, &byte, 1) == 1 ? Int32(byte) : nil
    }
}
