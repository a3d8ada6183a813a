internal import Sandboxing
internal import Synchronization

/// One at a time in each session: an overlay's upper layer may be mounted once, and what is
/// snapshot must stand still.
package final class SessionTurns: Sendable {
    private struct Line {
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Sessions that somebody is in, with those who wait, in their order.
    private let lines = Mutex<[String: Line]>([:])
    /// Of the sandboxes that run in sessions now.
    private let controls = Mutex<[String: SandboxControl]>([:])

    func began(_ session: String?, _ control: SandboxControl) {
        guard let session else { return }
        controls.withLock { $0[session] = control }
    }

    func ended(_ session: String?) {
        guard let session else { return }
        controls.withLock { _ = $0.removeValue(forKey: session) }
    }

    func control(of session: String) -> SandboxControl? { controls.withLock { $0[session] } }

    package init() {}

    package func take<Value: Sendable>(
        _ session: String?, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let session else { return try await body() }
        await withCheckedContinuation { continuation in
            let isFree = lines.withLock { lines in
                guard lines[session] != nil else {
                    lines[session] = Line()
                    return true
                }
                lines[session]?.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { leave(session) }
        // Whoever was told to stop while it waited does nothing.
        try Task.checkCancellation()
        return try await body()
    }

    private func leave(_ session: String) {
        let next: CheckedContinuation<Void, Never>? = lines.withLock { lines in
            guard lines[session]?.waiting.isEmpty == false else {
                lines[session] = nil
                return nil
            }
            return lines[session]?.waiting.removeFirst()
        }
        next?.resume()
    }
}
