internal import Sandboxing
internal import Synchronization

/// Kills a sandbox from wherever the wish comes, also when it comes before the sandbox is there.
final class RunStop: Sendable {
    private struct State {
        var control: SandboxControl?
        var isWanted = false
    }

    private let state = Mutex(State())

    func arm(_ control: SandboxControl) {
        let isWanted = state.withLock { state in
            state.control = control
            return state.isWanted
        }
        if isWanted { control.kill() }
    }

    func request() {
        let control = state.withLock { state in
            state.isWanted = true
            return state.control
        }
        control?.kill()
    }
}
