/// Something did not end within its time.
struct TimeLimitReached: Error, Sendable, Equatable, CustomStringConvertible {
    var milliseconds: Double
    var description: String { "no end within \(Int(milliseconds)) ms" }
}

/// Runs `body`, and cancels it when the time is over.
func withTimeLimit<Value: Sendable>(
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
