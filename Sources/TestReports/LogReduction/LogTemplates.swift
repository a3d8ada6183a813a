/// What lines of green logs look like, so that only what is new in a red one remains.
///
/// Drain (He et al., ICWS 2017) over hashed tokens: lines are grouped by their number of tokens and
/// their first token, and a group's template keeps the tokens in which its lines agree. A template
/// also keeps what kinds of trouble its lines spoke of: `test a ... FAILED` is new however often
/// `test a ... ok` was seen.
package struct LogTemplates: Sendable {
    /// How many distinct templates are kept; what comes after is taken for new. A log of a million
    /// different lines is not one that templates help with.
    private static let mostTemplates = 50_000
    private static let mostLines = 500_000
    private static let mostTokens = 48
    /// How much of its tokens a line shares with the template that it joins.
    private static let similarity = 0.6

    private struct Template: Sendable {
        /// Hashes; 0 stands for anything.
        var tokens: [UInt64]
        var trouble: UInt32
    }

    private struct Key: Hashable, Sendable {
        var count: Int
        var first: UInt64
    }

    private var groups: [Key: [Template]] = [:]
    private var templateCount = 0
    /// Lines with variable parts masked that were seen as they are, by hash.
    private var seen: [UInt64: UInt32] = [:]

    package init() {}

    package var isEmpty: Bool { seen.isEmpty }

    /// Learns the lines of one green log.
    package mutating func learn(_ log: [UInt8]) {
        var learner = Learner(templates: self)
        var scanner = LogLineScanner(SignatureTable.shared.matcher)
        scanner.consume(log.span, &learner)
        scanner.finish(&learner)
        self = learner.templates
    }

    private struct Learner: LogLineHandler {
        var templates: LogTemplates
        private var content: [UInt8] = []
        private var tokens: [UInt64] = []

        init(templates: LogTemplates) {
            self.templates = templates
        }

        mutating func line(_ line: Span<UInt8>, isNotable: Bool) {
            content.removeAll(keepingCapacity: true)
            LogLineCleaner.clean(line, into: &content)
            let trouble = isNotable ? SignatureTable.shared.match(content.span).trouble : 0
            let bytes = content
            let hash = LogTokens.hash(bytes.span, into: &tokens, most: LogTemplates.mostTokens)
            templates.learn(tokens, hash: hash, trouble: trouble)
        }
    }

    private mutating func learn(_ tokens: [UInt64], hash: UInt64, trouble: UInt32) {
        if let known = seen[hash], known & trouble == trouble { return }
        guard seen.count < Self.mostLines else { return }
        seen[hash, default: 0] |= trouble
        guard let first = tokens.first else { return }
        let key = Key(count: tokens.count, first: first)
        let candidates = groups[key] ?? []
        let best = candidates.indices.lazy
            .map { (index: $0, shared: Self.shared(candidates[$0].tokens, tokens)) }
            .max { $0.shared < $1.shared }
        if let best, Double(best.shared) >= Self.similarity * Double(tokens.count) {
            groups[key]?[best.index].trouble |= trouble
            for position in tokens.indices
            where candidates[best.index].tokens[position] != tokens[position] {
                groups[key]?[best.index].tokens[position] = 0
            }
        } else if templateCount < Self.mostTemplates, candidates.count < 100 {
            groups[key, default: []].append(Template(tokens: tokens, trouble: trouble))
            templateCount += 1
        }
    }

    /// Whether a line like this stood in a green log.
    ///
    /// - Parameter trouble: the kinds of trouble that the line speaks of.
    func knows(_ tokens: [UInt64], hash: UInt64, trouble: UInt32) -> Bool {
        if let known = seen[hash], known & trouble == trouble { return true }
        guard let first = tokens.first else { return true }
        let candidates = groups[Key(count: tokens.count, first: first)] ?? []
        return candidates.contains { template in
            template.trouble & trouble == trouble
                && zip(template.tokens, tokens).allSatisfy { $0 == 0 || $0 == $1 }
        }
    }

    private static func shared(_ left: [UInt64], _ right: [UInt64]) -> Int {
        var count = 0
        for index in left.indices where left[index] == right[index] || left[index] == 0 {
            count += 1
        }
        return count
    }
}

/// Cuts a line into tokens and hashes them. A token with a digit is variable: numbers, addresses,
/// durations, versions, digests.
enum LogTokens {
    static let variable: UInt64 = 1

    /// - Returns: the hash of the whole line with variable tokens masked.
    static func hash(_ line: Span<UInt8>, into tokens: inout [UInt64], most: Int) -> UInt64 {
        tokens.removeAll(keepingCapacity: true)
        var whole: UInt64 = 0xCBF2_9CE4_8422_2325
        var token = whole
        var hasDigit = false
        var length = 0
        for index in 0...line.count {
            let byte = index < line.count ? line[index] : 0x20
            if byte == 0x20 || byte == 0x09 {
                guard length > 0 else { continue }
                let value = hasDigit ? variable : token
                // What is beyond the most tokens is folded into the last.
                if tokens.count < most { tokens.append(value) }
                whole = (whole ^ value) &* 0x0000_0100_0000_01B3
                token = 0xCBF2_9CE4_8422_2325
                hasDigit = false
                length = 0
            } else {
                if byte >= 0x30, byte <= 0x39 { hasDigit = true }
                token = (token ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
                length += 1
            }
        }
        return whole
    }
}
