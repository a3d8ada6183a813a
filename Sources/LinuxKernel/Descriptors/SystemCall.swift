internal import CLinux
internal import Glibc
internal import Synchronization

/// The one place through which the launcher's system calls go.
package enum SystemCall {
    /// Runs `body`, which returns 0 and up or a negative errno.
    @discardableResult
    package static func perform(
        _ operation: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int
    ) throws(SystemError) -> Int {
        let result = FaultInjection.isDue ? -Int(EIO) : body()
        guard result < 0 else { return result }
        throw SystemError(
            operation: operation, subject: subject(), errorNumber: Int32(clamping: -result))
    }

    /// The same for C functions that return -1 and set `errno`.
    @discardableResult
    package static func performLibrary(
        _ operation: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int
    ) throws(SystemError) -> Int {
        try perform(operation, subject()) {
            let result = body()
            return result < 0 ? -Int(errno) : result
        }
    }
}

/// Test hook: makes the Nth system call of the launcher fail with `EIO`, on one thread.
///
/// sqlite tests its input and output so: for every N, the failure must be a clean error, and
/// nothing may be left behind. In use it costs one relaxed load a call.
package enum FaultInjection {
    private static let thread = Atomic<Int>(0)
    private static let remaining = Atomic<Int>(0)

    /// Fails the `count`th call that this thread makes from now on; 0 switches it off.
    package static func fail(afterCalls count: Int) {
        remaining.store(count, ordering: .relaxed)
        thread.store(count == 0 ? 0 : lx_gettid(), ordering: .relaxed)
    }

    /// Whether the failure that was asked for is still to come.
    package static var isPending: Bool { remaining.load(ordering: .relaxed) > 0 }

    static var isDue: Bool {
        let chosen = thread.load(ordering: .relaxed)
        guard chosen != 0, chosen == lx_gettid() else { return false }
        return remaining.subtract(1, ordering: .relaxed).newValue == 0
    }
}
