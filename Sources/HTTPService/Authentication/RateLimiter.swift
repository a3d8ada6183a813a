internal import Synchronization

/// Counts each tenant's requests; a minute is a bucket that fills evenly.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes one request from the tenant's share.
    ///
    /// - Returns: the seconds to wait when there is none left.
    func take(tenant: String, perMinute: Int) -> Int? {
        let now = ContinuousClock.now
        let size = Double(max(perMinute, 1))
        return buckets.withLock { buckets in
            var bucket = buckets[tenant] ?? Bucket(tokens: size, at: now)
            let seconds = (now - bucket.at) / .seconds(1)
            bucket.tokens = min(size, bucket.tokens + seconds * size / 60)
            bucket.at = now
            defer { buckets[tenant] = bucket }
            guard bucket.tokens >= 1 else {
                return max(1, Int(((1 - bucket.tokens) * 60 / size).rounded(.up)))
            }
            bucket.tokens -= 1
            return nil
        }
    }
}
