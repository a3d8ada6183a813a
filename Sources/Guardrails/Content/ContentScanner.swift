/// Matches the patterns of all rules against a change set in one pass, confirms the hits, and drops
/// what the base already had.
struct ContentScanner {
    /// A pattern, with the rule that it belongs to.
    private struct Slot {
        var rule: String
        var index: Int
        var pattern: ContentPattern
    }

    private let slots: [Slot]
    private let database: PatternDatabase?

    /// Bytes around a hit that are looked at when its line is longer than twice as much.
    private static let windowBytes = 2_048
    /// Candidates between two looks at the clock.
    private static let candidatesPerCheck = 4_096

    /// - Throws: `PatternError` for an expression that cannot be compiled.
    init(rules: [any Rule], cache: PatternCache) throws(PatternError) {
        var slots: [Slot] = []
        for rule in rules {
            let id = rule.metadata.id
            for (index, pattern) in rule.patterns.enumerated() {
                slots.append(Slot(rule: id, index: index, pattern: pattern))
            }
        }
        self.slots = slots
        database =
            slots.isEmpty
            ? nil
            : try cache.database(
                for: slots.map {
                    .init(text: $0.pattern.expression, ignoresCase: $0.pattern.ignoresCase)
                })
    }

    /// - Throws: `GateLimitReached` when a file has too many hits or time ran out.
    func matches(
        in files: [ChangedFile], hitLimit: Int, deadline: Deadline
    ) throws(GateLimitReached) -> [String: [ContentMatch]] {
        guard let database, let scratch = database.makeScratch() else { return [:] }
        var ledger = MatchLedger()
        var hits: [PatternDatabase.Hit] = []
        for file in files where !file.isMedia {
            var accepted = [Bool?](repeating: nil, count: slots.count)
            for side in [TreeSide.base, .head] {
                guard let text = file.text(on: side) else { continue }
                for (number, hunk) in file.hunks.enumerated() {
                    hits.removeAll(keepingCapacity: true)
                    let lines = side == .base ? hunk.base : hunk.head
                    guard
                        database.scan(
                            text.bytes, text.range(ofLines: lines), scratch: scratch,
                            hitLimit: hitLimit, into: &hits)
                    else {
                        throw GateLimitReached(
                            reason: "more than \(hitLimit) places to examine in \(file.path)")
                    }
                    try confirm(
                        hits, in: text, of: file, side: side, hunk: number, accepted: &accepted,
                        deadline: deadline, into: &ledger)
                }
            }
        }
        return ledger.newMatches { slots[$0].rule }
    }

    private func confirm(
        _ hits: [PatternDatabase.Hit], in text: FileText, of file: ChangedFile, side: TreeSide,
        hunk: Int, accepted: inout [Bool?], deadline: Deadline, into ledger: inout MatchLedger
    ) throws(GateLimitReached) {
        var done = [Int](repeating: 0, count: slots.count)
        var line = 0
        var lineRange = 0..<0
        for (count, hit) in hits.enumerated() {
            if count % Self.candidatesPerCheck == 0 { try deadline.check() }
            let slot = Int(hit.pattern)
            let end = Int(hit.end)
            if end <= done[slot] { continue }
            let pattern = slots[slot].pattern
            if accepted[slot] == nil { accepted[slot] = pattern.files.accepts(file) }
            guard accepted[slot] == true else { continue }
            if !(lineRange.lowerBound..<(lineRange.upperBound + 1)).contains(end) || line == 0 {
                line = text.lineNumber(atOffset: max(end - 1, 0))
                lineRange = text.range(ofLine: line)
            }
            // A match may end with the newline itself.
            let place = min(max(end, lineRange.lowerBound), lineRange.upperBound)
            let window =
                lineRange.count <= 2 * Self.windowBytes
                ? lineRange
                : max(
                    lineRange.lowerBound, place - Self.windowBytes)..<min(
                        lineRange.upperBound, place + Self.windowBytes)
            let candidate = ContentCandidate(
                file: file, side: side, text: text, line: line, window: window, end: place)
            guard let range = pattern.confirm(candidate) else { continue }
            done[slot] = max(range.upperBound, end)
            ledger.add(
                ContentMatch(
                    file: file, side: side, line: line, pattern: slots[slot].index, range: range,
                    evidence: pattern.evidence(
                        String(decoding: text.bytes[range].prefix(1_024), as: UTF8.self)),
                    certainty: pattern.certainty(in: file)),
                slot: slot, pattern: pattern, hunk: hunk)
        }
    }
}
