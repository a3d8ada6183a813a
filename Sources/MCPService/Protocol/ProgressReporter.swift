internal import JSONText
internal import Synchronization

/// `notifications/progress`, for requests whose client asked for it.
final class ProgressReporter: Sendable {
    private let token: JSONValue?
    private let notify: @Sendable (JSONValue) -> Void
    private let count = Mutex(0)

    init(token: JSONValue?, notify: @escaping @Sendable (JSONValue) -> Void) {
        self.token = token
        self.notify = notify
    }

    var isWanted: Bool { token != nil }

    /// The value only ever grows: how much there is to do nobody knows before.
    func report(_ message: String) {
        guard let token else { return }
        let value = count.withLock { count in
            count += 1
            return count
        }
        notify([
            "jsonrpc": "2.0", "method": "notifications/progress",
            "params": [
                "progressToken": token, "progress": JSONValue(value), "message": .string(message),
            ],
        ])
    }
}
