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
                if Self.size(of: directory) > byteLimit {
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

    /// What lies on disk below a directory, in bytes; links are not followed.
    static func size(of directory: String) -> Int64 {
        var bytes: Int64 = 0
        var pending = [directory]
        while let folder = pending.popLast() {
            for name in FileKind.names(in: folder) {
                let path = "\(folder)/\(name)"
                guard let usage = PrivateFile.usage(of: path) else { continue }
                bytes += usage.bytes
                if usage.isDirectory { pending.append(path) }
            }
        }
        return bytes
    }
}
