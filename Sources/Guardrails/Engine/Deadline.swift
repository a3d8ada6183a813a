/// The moment at which a judgement must have ended.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant
    private let duration: Duration

    init(in duration: Duration) {
        self.duration = duration
        end = ContinuousClock.now + duration
    }

    func check() throws(GateLimitReached) {
        guard ContinuousClock.now < end else {
            throw GateLimitReached(reason: "judging took longer than \(duration)")
        }
    }
}

/// A limit of `GateLimits` was reached: what was not judged is not known to be safe.
struct GateLimitReached: Error, Sendable {
    var reason: String
    var path: String?

    init(reason: String, path: String? = nil) {
        self.reason = reason
        self.path = path
    }
}
