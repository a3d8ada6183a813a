package import Foundation

/// When something is sent again, and after what time.
package struct RetryPolicy: Sendable {
    /// How often it is sent at most.
    package var tries = 4
    package var firstDelayMilliseconds = 500
    package var delayLimitMilliseconds = 20_000
    /// A server that asks for more patience than that is not waited for: its answer is the result.
    package var retryAfterLimitMilliseconds = 60_000
    /// Answers after which it is sent again.
    package var statuses: Set<Int> = [408, 409, 425, 429, 500, 502, 503, 504, 529]
    /// Of these, answers that say that nothing was worked on.
    package var unprocessedStatuses: Set<Int> = [429, 503]

    package init() {}

    package static var never: RetryPolicy {
        var policy = RetryPolicy()
        policy.tries = 1
        return policy
    }

    /// The time before try number `next` (2 is the first repetition), with full jitter.
    ///
    /// - Parameter chance: from 0 to 1.
    package func delayMilliseconds(beforeTry next: Int, chance: Double) -> Int {
        let doublings = max(0, min(next - 2, 20))
        let ceiling = min(firstDelayMilliseconds << doublings, delayLimitMilliseconds)
        // Never quite at once: half of it is certain.
        return ceiling / 2 + Int(Double(ceiling / 2) * chance)
    }

    /// The `Retry-After` of an answer: seconds, or a date (RFC 9110, 10.2.3); `retry-after-ms` as
    /// some model providers send it.
    package static func retryAfterMilliseconds(_ head: WebHead, now: Date) -> Int? {
        if let text = head.header("retry-after-ms"), let milliseconds = Double(text),
            (0...1e9).contains(milliseconds)
        {
            return Int(milliseconds)
        }
        guard let text = head.header("retry-after")?.trimmingCharacters(in: .whitespaces) else {
            return nil
        }
        if let seconds = Double(text) {
            return (0...1e6).contains(seconds) ? Int(seconds * 1_000) : nil
        }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = formatter.date(from: text) else { return nil }
        let wait = date.timeIntervalSince(now) * 1_000
        return wait < 1e9 ? max(0, Int(wait)) : nil
    }
}
