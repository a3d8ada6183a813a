/// Matches the patterns of all rules against a change set in one pass, confirms the hits, and drops
/// what the base already had.
struct ContentScanner: Sendable {
    /// A pattern, with the rule that it belongs to.
    private struct Slot: Sendable {
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

    /// Bytes of changed lines from which on two threads are worth their start.
    private static let bytesPerPart = 1 << 20

    /// - Throws: `GateLimitReached` when a file has too many hits or time ran out.
    func matches(
        in files: [ChangedFile], hitLimit: Int, deadline: Deadline
    ) async throws -> [String: [ContentMatch]] {
        let parts = Self.parts(of: files)
        var ledgers = [MatchLedger](repeating: MatchLedger(), count: parts.count)
        try await withThrowingTaskGroup(of: (Int, MatchLedger).self) { group in
            for (index, part) in parts.enumerated() {
                group.addTask {
                    (index, try scan(part, hitLimit: hitLimit, deadline: deadline))
                }
            }
            for try await (index, ledger) in group { ledgers[index] = ledger }
        }
        var whole = MatchLedger()
        for ledger in ledgers { whole.append(ledger) }
        return whole.newMatches { slots[$0].rule }
    }

    /// The files in order, cut where a part has enough bytes.
    private static func parts(of files: [ChangedFile]) -> [ArraySlice<ChangedFile>] {
        var parts: [ArraySlice<ChangedFile>] = []
        var start = 0
        var bytes = 0
        for (index, file) in files.enumerated() {
            bytes += (file.base.text?.bytes.count ?? 0) + (file.head.text?.bytes.count ?? 0)
            if bytes >= bytesPerPart {
                parts.append(files[start...index])
                start = index + 1
                bytes = 0
            }
        }
        if start < files.count { parts.append(files[start...]) }
        return parts
    }

    private func scan(
        _ files: ArraySlice<ChangedFile>, hitLimit: Int, deadline: Deadline
    ) throws(GateLimitReached) -> MatchLedger {
        var ledger = MatchLedger()
        guard let database else { return ledger }
        guard let scratch = database.makeScratch() else {
            throw GateLimitReached(reason: "there is no memory to look for patterns")
        }
        var hits: [PatternDatabase.Hit] = []
        for file in files where !file.isMedia {
            try deadline.check()
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
        return ledger
    }

    private func confirm(
        _ hits: [PatternDatabase.Hit], in text: FileText, of file: ChangedFile, side: TreeSide,
        hunk: Int, accepted: inout [Bool?], deadline: Deadline, into ledger: inout MatchLedger
    ) throws(GateLimitReached) {
        if hits.isEmpty { return }
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
                    certainty: pattern.certainty(of: candidate)),
                slot: slot, pattern: pattern, hunk: hunk)
        }
    }
}
