internal import RunModel

/// Something did not end within its time.
package struct TimeLimitReached: Error, Sendable, Equatable, CustomStringConvertible {
    package var milliseconds: Double

    package init(milliseconds: Double) { self.milliseconds = milliseconds }

    package var description: String {
        "no end within " + Quantity.describe(milliseconds: UInt64(max(0, milliseconds)))
    }
}

/// Runs `body`, and cancels it when the time is over. It is waited for all the same: what it does
/// must heed cancellation.
package func withTimeLimit<Value: Sendable>(
    milliseconds: Double, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .milliseconds(milliseconds))
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw TimeLimitReached(milliseconds: milliseconds)
        }
        return value
    }
}
