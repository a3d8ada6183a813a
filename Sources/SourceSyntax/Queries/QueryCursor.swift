internal import CTreeSitter

/// Owns one `TSQueryCursor` with its bounds.
struct QueryCursor: ~Copyable {
    private let pointer: OpaquePointer?
    private let limits: SyntaxQueryLimits

    init(limits: SyntaxQueryLimits) {
        pointer = ts_query_cursor_new()
        self.limits = limits
        guard let pointer else { return }
        ts_query_cursor_set_match_limit(pointer, UInt32(clamping: limits.candidates))
        ts_query_cursor_set_timeout_micros(
            pointer, UInt64(max(1, limits.timeMilliseconds)) * 1_000)
    }

    deinit { if let pointer { ts_query_cursor_delete(pointer) } }

    /// Calls `visit` for every match; its captures are valid during the call.
    func run(
        _ query: OpaquePointer, on tree: borrowing TreeHandle,
        _ visit: (TSQueryMatch) throws(SyntaxQueryFailure) -> Void
    ) throws(SyntaxQueryFailure) {
        guard let pointer else { throw .tooManyCandidates(limit: 0) }
        let end = ContinuousClock.now + .milliseconds(limits.timeMilliseconds)
        ts_query_cursor_exec(pointer, query, tree.root)
        var match = TSQueryMatch()
        while ts_query_cursor_next_match(pointer, &match) {
            try visit(match)
            // The library counts time between two matches only.
            guard ContinuousClock.now < end else { break }
        }
        guard ContinuousClock.now < end else {
            throw .tooSlow(limitMilliseconds: limits.timeMilliseconds)
        }
        guard !ts_query_cursor_did_exceed_match_limit(pointer) else {
            throw .tooManyCandidates(limit: limits.candidates)
        }
    }
}
