/// `[a-z[:digit:]]` of a glob pattern, as git reads it.
struct BracketExpression {
    private(set) var bytes: Set<UInt8> = []
    private(set) var isNegated = false
    /// Where the pattern goes on.
    private(set) var end: Int

    /// - Parameter start: the index of the opening bracket.
    /// - Returns: `nil` for one that is malformed.
    init?(_ pattern: [UInt8], at start: Int) {
        end = start + 1
        if end < pattern.count, [UInt8(ascii: "!"), UInt8(ascii: "^")].contains(pattern[end]) {
            isNegated = true
            end += 1
        }
        var isFirst = true
        var previous: UInt8?
        while true {
            guard end < pattern.count else { return nil }
            let byte = pattern[end]
            // A closing bracket that comes first stands for itself.
            if byte == UInt8(ascii: "]"), !isFirst { break }
            isFirst = false
            if byte == UInt8(ascii: "-"), let low = previous, end + 1 < pattern.count,
                pattern[end + 1] != UInt8(ascii: "]")
            {
                end += 1
                guard let high = Self.literal(pattern, &end) else { return nil }
                if low <= high { bytes.formUnion(low...high) }
                previous = nil
            } else if byte == UInt8(ascii: "["), end + 1 < pattern.count,
                pattern[end + 1] == UInt8(ascii: ":")
            {
                guard let members = Self.characterClass(pattern, &end) else { return nil }
                bytes.formUnion(members)
                previous = nil
            } else {
                guard let literal = Self.literal(pattern, &end) else { return nil }
                bytes.insert(literal)
                previous = literal
            }
        }
        end += 1
    }

    private static func literal(_ pattern: [UInt8], _ index: inout Int) -> UInt8? {
        if pattern[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < pattern.count else { return nil }
        defer { index += 1 }
        return pattern[index]
    }

    private static func characterClass(_ pattern: [UInt8], _ index: inout Int) -> [UInt8]? {
        let start = index + 2
        guard let close = pattern[start...].firstIndex(of: UInt8(ascii: "]")), close > start,
            pattern[close - 1] == UInt8(ascii: ":")
        else { return nil }
        let name = String(decoding: pattern[start..<(close - 1)], as: UTF8.self)
        index = close + 1
        let lower = Array(UInt8(ascii: "a")...UInt8(ascii: "z"))
        let upper = Array(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        let digits = Array(UInt8(ascii: "0")...UInt8(ascii: "9"))
        let graphic = Array(UInt8(33)...126)
        switch name {
        case "alnum": return lower + upper + digits
        case "alpha": return lower + upper
        case "blank": return [32, 9]
        case "cntrl": return Array(0...31) + [127]
        case "digit": return digits
        case "graph": return graphic
        case "lower": return lower
        case "print": return graphic + [32]
        case "punct": return graphic.filter { !(lower + upper + digits).contains($0) }
        case "space": return [32] + Array(9...13)
        case "upper": return upper
        case "xdigit": return digits + Array("abcdefABCDEF".utf8)
        default: return nil
        }
    }
}
