/// A quick look at the bytes of a line: whether it can be a comparison with a literal at all. Most
/// lines of a large change are not, and need not become text.
enum AddedCondition {
    /// Longer lines are data.
    static let lengthMax = 400

    static func isPossible(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard (6..<lengthMax).contains(range.count) else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            let line = UnsafeBufferPointer(rebasing: buffer[range])
            return hasDistinctiveLiteral(line) && (hasKeyword(line) || hasPair(line))
        }
    }

    /// Whether an answer can stand on the same line (after `return`, `then` or an arrow) or on the
    /// next one.
    static func hasAnswer(_ bytes: [UInt8], _ condition: Range<Int>, next: Range<Int>?) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            let line = UnsafeBufferPointer(rebasing: buffer[condition])
            for index in 0..<max(0, line.count - 1) {
                switch line[index] {
                case UInt8(ascii: "r"): if follows("eturn", line, index) { return true }
                case UInt8(ascii: "t"): if follows("hen", line, index) { return true }
                case UInt8(ascii: "="), UInt8(ascii: "-"):
                    if line[index + 1] == UInt8(ascii: ">") { return true }
                default: break
                }
            }
            if hasPair(line) { return true }
            guard let next, next.count < lengthMax else { return false }
            return hasDistinctiveLiteral(UnsafeBufferPointer(rebasing: buffer[next]))
        }
    }

    /// A literal before and a text after a colon or an arrow.
    private static func hasPair(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var literal = false
        for index in 0..<(line.count - 1) {
            let byte = line[index]
            if byte == 0x22 || byte == 0x27 || byte &- 0x30 < 10 { literal = true }
            guard literal else { continue }
            let isArrow = (byte == 0x3D || byte == 0x2D) && line[index + 1] == 0x3E
            if byte == 0x3A || isArrow {
                return line[(index + 1)...].contains { $0 == 0x22 || $0 == 0x27 }
            }
        }
        return false
    }

    /// A quote, or two digits in a row.
    private static func hasDistinctiveLiteral(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var previousIsDigit = false
        for byte in line {
            if byte == 0x22 || byte == 0x27 { return true }
            let isDigit = byte &- 0x30 < 10 || byte == 0x2E || byte == 0x5F
            if isDigit, previousIsDigit { return true }
            previousIsDigit = byte &- 0x30 < 10
        }
        return false
    }

    private static func hasKeyword(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        // Letters in lower case; the second and later ones are compared where the first fits.
        for index in 0..<(line.count - 1) {
            switch line[index] | 0x20 {
            case UInt8(ascii: "i"):
                // `if`, `elif`, `elsif`.
                if line[index + 1] | 0x20 == UInt8(ascii: "f"),
                    beginsWord(line, index) || [0x6C, 0x73].contains(line[index - 1] | 0x20)
                {
                    return true
                }
            case UInt8(ascii: "c"):
                if beginsWord(line, index), follows("ase", line, index) { return true }
            case UInt8(ascii: "w"):
                if beginsWord(line, index), follows("hen", line, index) { return true }
            case UInt8(ascii: "m"):
                if beginsWord(line, index), follows("atch", line, index) { return true }
            case UInt8(ascii: "[") | 0x20:
                if line[index] == UInt8(ascii: "["), line[index + 1] == UInt8(ascii: "[") {
                    return true
                }
            default: break
            }
        }
        return false
    }

    private static func beginsWord(_ line: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        index == 0 || (line[index - 1] | 0x20) &- 0x61 >= 26
    }

    private static func follows(
        _ rest: StaticString, _ line: UnsafeBufferPointer<UInt8>, _ index: Int
    ) -> Bool {
        guard index + rest.utf8CodeUnitCount < line.count else { return false }
        for offset in 0..<rest.utf8CodeUnitCount
        where line[index + 1 + offset] | 0x20 != rest.utf8Start[offset] {
            return false
        }
        return true
    }
}
