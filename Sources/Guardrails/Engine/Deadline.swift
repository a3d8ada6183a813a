internal import Glibc

/// The moment at which a judgement must have ended.
///
/// What counts is the work: on a machine where others take the processors, time passes and nothing
/// was judged. A generous bound on the wall clock holds whatever the processors do.
struct Deadline: Sendable {
    private let begin = ContinuousClock.now
    private let processorBegin = Self.processorTime()
    private let limits: GateLimits

    init(_ limits: GateLimits) { self.limits = limits }

    func check() throws(GateLimitReached) {
        let wall = ContinuousClock.now - begin
        guard wall < limits.longestDuration else {
            throw GateLimitReached(reason: "judging took longer than \(limits.longestDuration)")
        }
        // Processor time is only asked for when it can matter: others may share this process.
        guard wall >= limits.processorTime else { return }
        guard Self.processorTime() - processorBegin < limits.processorTime else {
            throw GateLimitReached(
                reason: "judging took more than \(limits.processorTime) of processor time")
        }
    }

    /// What this process has used so far.
    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
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
