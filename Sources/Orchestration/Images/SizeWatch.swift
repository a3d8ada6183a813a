internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import Sandboxing
internal import Synchronization

/// Ends a sandbox whose writable bind grows past a limit: an archive of a few kilobytes may unpack
/// to terabytes, and no quota holds on a directory of the host.
final class SizeWatch: Sendable {
    private struct State {
        var isOver = false
        var hasOverflown = false
    }

    private let reference = StateReference()

    init(directory: String, byteLimit: Int64, control: SandboxControl) {
        let state = reference
        let thread = Thread {
            while !state.value.withLock({ $0.isOver }) {
                if DirectorySize.bytes(of: directory) > byteLimit {
                    state.value.withLock { $0.hasOverflown = true }
                    control.kill()
                    return
                }
                usleep(200_000)
            }
        }
        thread.start()
    }

    /// Ends the watch.
    ///
    /// - Returns: whether the limit was passed.
    func stop() -> Bool {
        reference.value.withLock {
            $0.isOver = true
            return $0.hasOverflown
        }
    }

    private final class StateReference: Sendable {
        let value = Mutex(State())
    }
}
