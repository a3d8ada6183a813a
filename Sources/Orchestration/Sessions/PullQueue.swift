package import NIOCore
internal import Synchronization

/// In all queues of this process.
private let queuedBytes = Atomic<Int>(0)

/// Hands what an event loop reads to a task that takes it, and no more than it takes: a reader asks
/// before it reads on.
///
/// All queues together hold a bounded number of bytes, but for a little of each: very many readers
/// that take nothing are not to fill the memory.
package final class PullQueue<Message: Sendable>: Sendable {
    private struct State {
        var messages: [(message: Message, bytes: Int)] = []
        var start = 0
        var bytes = 0
        var failure: (any Error)?
        var isOver = false
        var isReadWanted = false
        var waiter: CheckedContinuation<Taken, any Error>?
        var waiterNumber = 0
        /// Ends the waiting; cancelled when something comes first, or each would be kept for as long
        /// as it would have waited.
        var timer: Scheduled<Void>?
    }

    package enum Taken: Sendable {
        case message(Message)
        /// Nothing came within the time that was given.
        case nothing
        case end
    }

    private let state = Mutex(State())
    package init() {}

    deinit { queuedBytes.subtract(state.withLock { $0.bytes }, ordering: .relaxed) }

    /// Bytes beyond which no more is read until some are taken.
    private static var highWater: Int {
        queuedBytes.load(ordering: .relaxed) < 64 << 20 ? 1 << 20 : 65_536
    }

    // MARK: For the event loop

    /// Whether to read now; if not, `take` says when.
    package func mayRead() -> Bool {
        state.withLock { state in
            if state.bytes < Self.highWater { return true }
            state.isReadWanted = true
            return false
        }
    }

    package func push(_ message: Message, bytes: Int) {
        change { state in
            state.messages.append((message, bytes))
            state.bytes += bytes
            queuedBytes.add(bytes, ordering: .relaxed)
        }
    }

    package func fail(_ error: any Error) { change { $0.failure = $0.failure ?? error } }
    package func finish() { change { $0.isOver = true } }

    private func change(_ body: (inout State) -> Void) {
        let (waiter, result, timer) = state.withLock { state in
            body(&state)
            guard let waiter = state.waiter, let result = Self.result(&state) else {
                return (
                    CheckedContinuation<Taken, any Error>?.none, Result<Taken, any Error>?.none,
                    Scheduled<Void>?.none
                )
            }
            state.waiter = nil
            defer { state.timer = nil }
            return (waiter, result, state.timer)
        }
        timer?.cancel()
        if let waiter, let result { waiter.resume(with: result) }
    }

    private static func result(_ state: inout State) -> Result<Taken, any Error>? {
        if state.start < state.messages.count {
            let (message, bytes) = state.messages[state.start]
            state.start += 1
            state.bytes -= bytes
            queuedBytes.subtract(bytes, ordering: .relaxed)
            if state.start == state.messages.count || state.start > 64 {
                state.messages.removeFirst(state.start)
                state.start = 0
            }
            return .success(.message(message))
        }
        if let failure = state.failure { return .failure(failure) }
        return state.isOver ? .success(.end) : nil
    }

    // MARK: For who takes

    /// The next message; one task at a time.
    ///
    /// - Parameter limit: how long to wait for one; `nil` is for ever.
    package func take(from channel: any Channel, within limit: TimeAmount? = nil) async throws
        -> Taken
    {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, reads, number) = state.withLock { state in
                    let result = Self.result(&state)
                    if result == nil {
                        state.waiter = continuation
                        state.waiterNumber += 1
                    }
                    let reads = state.isReadWanted && state.bytes < Self.highWater
                    if reads { state.isReadWanted = false }
                    return (result, reads, state.waiterNumber)
                }
                if reads { channel.read() }
                if let result {
                    continuation.resume(with: result)
                } else if let limit {
                    let timer = channel.eventLoop.scheduleTask(in: limit) {
                        self.giveUp(number)
                    }
                    // What came in the meantime needs none.
                    let isNeeded = state.withLock { state in
                        guard state.waiter != nil, state.waiterNumber == number else {
                            return false
                        }
                        state.timer = timer
                        return true
                    }
                    if !isNeeded { timer.cancel() }
                }
            }
        } onCancel: {
            fail(CancellationError())
            channel.close(promise: nil)
        }
    }

    private func giveUp(_ number: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Taken, any Error>? in
            guard state.waiterNumber == number else { return nil }
            defer { (state.waiter, state.timer) = (nil, nil) }
            return state.waiter
        }
        waiter?.resume(returning: .nothing)
    }
}
