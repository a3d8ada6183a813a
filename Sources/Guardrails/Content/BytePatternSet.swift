/// Fixed texts that are looked for together, in one pass over the bytes.
///
/// For questions that decide whether a file is worth more work; what rules object to is found by
/// `ContentPattern`.
struct BytePatternSet: Sendable {
    /// Patterns by their first byte.
    private let byFirst: [[[UInt8]]]
    private let isFirst: [Bool]

    /// - Precondition: no pattern is empty.
    init(_ patterns: [String]) {
        var byFirst = [[[UInt8]]](repeating: [], count: 256)
        for pattern in patterns {
            let bytes = Array(pattern.utf8)
            byFirst[Int(bytes[0])].append(bytes)
        }
        self.byFirst = byFirst
        isFirst = byFirst.map { !$0.isEmpty }
    }

    func isAny(in text: [UInt8]) -> Bool {
        var found = false
        visit(text) { _ in
            found = true
            return false
        }
        return found
    }

    /// Calls `body` with the offset of every occurrence, ascending, until it says `false`.
    func visit(_ text: [UInt8], _ body: (Int) -> Bool) {
        text.withUnsafeBufferPointer { text in
            isFirst.withUnsafeBufferPointer { isFirst in
                for index in text.indices where isFirst[Int(text[index])] {
                    for pattern in byFirst[Int(text[index])]
                    where Self.stands(pattern, at: index, in: text) {
                        guard body(index) else { return }
                        break
                    }
                }
            }
        }
    }

    private static func stands(
        _ pattern: [UInt8], at index: Int, in text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard pattern.count <= text.count - index else { return false }
        var offset = 1
        while offset < pattern.count {
            guard text[index + offset] == pattern[offset] else { return false }
            offset += 1
        }
        return true
    }
}
