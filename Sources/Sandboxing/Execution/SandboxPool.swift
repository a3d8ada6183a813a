internal import RunModel
internal import Synchronization

/// Sandboxes of one kind that are ready before they are asked for.
///
/// A service calls `fill()` on a thread of its own, again after every run; `start` takes the oldest
/// one and never waits for that thread. The result of a run is there when nothing of it runs any more;
/// its pid 1 is reaped and its groups are removed by the next `fill()`, or by `close()`.
package final class SandboxPool: Sendable {
    private let template: SandboxRequest
    private let host: SandboxHost
    private let size: Int
    private let ageLimitMilliseconds: Double
    private let state = Mutex(State())
    private let retired = RetiredSandboxes()

    private struct State {
        var ready: [Place] = []
        var isClosed = false
    }

    /// Holds one, as an array cannot.
    private final class Place: Sendable {
        let preparedAt: Double
        private let sandbox: Mutex<PreparedSandbox?>

        init(_ sandbox: consuming PreparedSandbox) {
            preparedAt = sandbox.preparedAt
            self.sandbox = Mutex(consume sandbox)
        }

        func take() -> PreparedSandbox? { sandbox.withLock { $0.take() } }
    }

    /// - Parameters:
    ///   - template: see `PreparedSandbox`.
    ///   - ageLimitMilliseconds: how long a sandbox may wait: what it shows of the host's files is
    ///     of the time when it was prepared.
    package init(
        _ template: SandboxRequest, on host: SandboxHost, size: Int,
        ageLimitMilliseconds: Double = 600_000
    ) {
        self.template = template
        self.host = host
        self.size = max(1, size)
        self.ageLimitMilliseconds = ageLimitMilliseconds
    }

    /// How many are ready.
    package var count: Int { state.withLock { $0.ready.count } }

    /// Removes what runs have left, and prepares sandboxes, on the calling thread, until there are
    /// enough.
    package func fill() throws(SandboxError) {
        retired.dispose()
        while state.withLock({ !$0.isClosed && $0.ready.count < size }) {
            let place = Place(try PreparedSandbox.prepare(template, on: host))
            state.withLock { if !$0.isClosed { $0.ready.append(place) } }
        }
    }

    /// Runs a command in one that is ready, or else in a fresh one.
    package func start(
        _ command: [String], environment: VariableList = [:]
    ) throws(SandboxError) -> RunningSandbox {
        let oldest = Clock.milliseconds - ageLimitMilliseconds
        while let place = state.withLock({ $0.ready.isEmpty ? nil : $0.ready.removeFirst() }) {
            guard place.preparedAt >= oldest, let sandbox = place.take() else { continue }
            var running = try sandbox.start(command, environment: environment)
            running.retired = retired
            return running
        }
        return try PreparedSandbox.prepare(template, on: host).start(
            command, environment: environment)
    }

    /// Ends all that are ready; nothing is prepared any more.
    package func close() {
        let places = state.withLock { state in
            state.isClosed = true
            defer { state.ready = [] }
            return state.ready
        }
        for place in places { _ = place.take() }
        retired.dispose()
    }
}
