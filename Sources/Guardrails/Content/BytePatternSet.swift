/// Fixed texts that are looked for together, in one pass over the bytes.
///
/// For questions that decide whether a file is worth more work; what rules object to is found by
/// `ContentPattern`.
struct BytePatternSet: Sendable {
    private let patterns: [[UInt8]]
    /// Patterns by their first byte, as indices.
    private let byFirst: [[Int]]
    /// A bit for every pair of bytes that a pattern begins with: few places of a text have one.
    private let pairs: [UInt64]

    /// - Precondition: every pattern has at least two bytes.
    init(_ texts: [String]) {
        patterns = texts.map { Array($0.utf8) }
        var byFirst = [[Int]](repeating: [], count: 256)
        var pairs = [UInt64](repeating: 0, count: 1 << 10)
        for (index, pattern) in patterns.enumerated() {
            byFirst[Int(pattern[0])].append(index)
            let pair = Int(pattern[0]) << 8 | Int(pattern[1])
            pairs[pair >> 6] |= 1 << UInt64(pair & 63)
        }
        self.byFirst = byFirst
        self.pairs = pairs
    }

    func isAny(in text: [UInt8]) -> Bool { isAny(in: text, text.indices) }

    /// Whether one stands within a part of the text.
    func isAny(in text: [UInt8], _ range: Range<Int>) -> Bool {
        var found = false
        visit(text, range) { _ in
            found = true
            return false
        }
        return found
    }

    /// Calls `body` with the offset of every occurrence, ascending, until it says `false`.
    func visit(_ text: [UInt8], _ body: (Int) -> Bool) { visit(text, text.indices, body) }

    private func visit(_ text: [UInt8], _ range: Range<Int>, _ body: (Int) -> Bool) {
        guard range.count > 1 else { return }
        text.withUnsafeBufferPointer { text in
            pairs.withUnsafeBufferPointer { pairs in
                var pair = Int(text[range.lowerBound])
                for index in range.lowerBound..<range.upperBound - 1 {
                    pair = (pair & 0xFF) << 8 | Int(text[index + 1])
                    guard pairs[pair >> 6] & 1 << UInt64(pair & 63) != 0 else { continue }
                    for candidate in byFirst[Int(text[index])]
                    where Self.stands(patterns[candidate], at: index, in: text, range.upperBound) {
                        guard body(index) else { return }
                        break
                    }
                }
            }
        }
    }

    private static func stands(
        _ pattern: [UInt8], at index: Int, in text: UnsafeBufferPointer<UInt8>, _ end: Int
    ) -> Bool {
        guard pattern.count <= end - index else { return false }
        var offset = 1
        while offset < pattern.count {
            guard text[index + offset] == pattern[offset] else { return false }
            offset += 1
        }
        return true
    }
}
