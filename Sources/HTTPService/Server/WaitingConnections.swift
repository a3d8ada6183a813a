internal import NIOCore
internal import Synchronization

/// Connections that wait for a request.
///
/// When nearly all connections that there may be are taken, those that only wait make room for who
/// asks: first those that have never sent a request, then those that have had their answer, the
/// longest waiting first.
final class WaitingConnections: Sendable {
    private struct State {
        var open = 0
        var next: UInt64 = 0
        var fresh = Line()
        var answered = Line()
    }

    /// In the order in which they came, and left in any.
    private struct Line {
        private var channels: [UInt64: any Channel] = [:]
        private var order: [UInt64] = []
        private var start = 0

        mutating func add(_ channel: any Channel, _ number: UInt64) {
            channels[number] = channel
            order.append(number)
            if order.count - start > 2 * channels.count + 64 {
                order = order[start...].filter { channels[$0] != nil }
                start = 0
            }
        }

        mutating func remove(_ number: UInt64) { channels[number] = nil }

        mutating func takeFirst() -> (any Channel)? {
            while start < order.count {
                start += 1
                if let channel = channels.removeValue(forKey: order[start - 1]) { return channel }
            }
            return nil
        }
    }

    private let state = Mutex(State())
    private let comfortable: Int

    /// - Parameter limit: how many connections there may be.
    init(limit: Int) { comfortable = limit - limit / 10 }

    /// A new connection; one that waits may be closed for it.
    ///
    /// - Returns: its number, until it asks for something.
    func opened(_ channel: any Channel) -> UInt64 {
        let (number, surplus) = state.withLock { state in
            state.open += 1
            let surplus =
                state.open > comfortable
                ? state.fresh.takeFirst() ?? state.answered.takeFirst() : nil
            state.next += 1
            state.fresh.add(channel, state.next)
            return (state.next, surplus)
        }
        surplus?.close(promise: nil)
        return number
    }

    /// It has asked for something.
    func asks(_ number: UInt64) {
        state.withLock { state in
            state.fresh.remove(number)
            state.answered.remove(number)
        }
    }

    /// It has its answer, and waits again.
    ///
    /// - Returns: its number from now on.
    func waits(_ channel: any Channel) -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.answered.add(channel, state.next)
            return state.next
        }
    }

    func closed(_ number: UInt64) {
        state.withLock { state in
            state.open -= 1
            state.fresh.remove(number)
            state.answered.remove(number)
        }
    }
}
