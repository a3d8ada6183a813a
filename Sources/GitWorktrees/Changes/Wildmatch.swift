/// Glob patterns as git matches them against paths (wildmatch.c with WM_PATHNAME): `*` and `?`
/// stop at a slash, `**` between slashes does not.
///
/// libgit2 matches ignore rules too, but only against a working directory on disk. Patterns come
/// from a workload: the match is a simulation of all states at once, whose cost is bounded by the
/// product of the lengths, where backtracking could be made to run for years.
struct Wildmatch {
    private enum Token {
        case literal(UInt8)
        case anyByte
        case oneOf(Set<UInt8>, isNegated: Bool)
        /// `*`
        case anyInComponent
        /// `**`
        case anything
        /// At `**/`: the three tokens that stand for it may be skipped.
        case optional(length: Int)
        /// A bracket that is never closed matches nothing.
        case nothing
    }

    private static let slash = UInt8(ascii: "/")
    private var tokens: [Token] = []

    init(_ pattern: [UInt8]) {
        var index = 0
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "\\"):
                index += 1
                tokens.append(index < pattern.count ? .literal(pattern[index]) : .nothing)
                index += 1
            case UInt8(ascii: "?"):
                tokens.append(.anyByte)
                index += 1
            case UInt8(ascii: "*"): addStars(pattern, &index)
            case UInt8(ascii: "["): addBracket(pattern, &index)
            case let byte:
                tokens.append(.literal(byte))
                index += 1
            }
        }
    }

    private mutating func addStars(_ pattern: [UInt8], _ index: inout Int) {
        let start = index
        while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
        let isAtStart = start == 0 || pattern[start - 1] == Self.slash
        let isBeforeSlash = index < pattern.count && pattern[index] == Self.slash
        let isAtEnd = index == pattern.count
        guard index - start >= 2, isAtStart, isBeforeSlash || isAtEnd else {
            tokens.append(.anyInComponent)
            return
        }
        if isBeforeSlash {
            tokens += [.optional(length: 3), .anything, .literal(Self.slash)]
            index += 1
        } else {
            tokens.append(.anything)
        }
    }

    private mutating func addBracket(_ pattern: [UInt8], _ index: inout Int) {
        guard let bracket = BracketExpression(pattern, at: index) else {
            tokens.append(.nothing)
            index = pattern.count
            return
        }
        tokens.append(.oneOf(bracket.bytes, isNegated: bracket.isNegated))
        index = bracket.end
    }

    func matches(_ text: some Collection<UInt8>) -> Bool {
        var states = [Bool](repeating: false, count: tokens.count + 1)
        reach(0, &states)
        for byte in text {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for (index, token) in tokens.enumerated() where states[index] {
                switch token {
                case .literal(let wanted) where byte == wanted: reach(index + 1, &next)
                case .anyByte where byte != Self.slash: reach(index + 1, &next)
                case .oneOf(let bytes, let isNegated)
                where byte != Self.slash && bytes.contains(byte) != isNegated:
                    reach(index + 1, &next)
                case .anyInComponent where byte != Self.slash: reach(index, &next)
                case .anything: reach(index, &next)
                default: break
                }
            }
            states = next
        }
        return states[tokens.count]
    }

    /// Enters a state and those that are reached from it without a byte.
    private func reach(_ index: Int, _ states: inout [Bool]) {
        guard !states[index] else { return }
        states[index] = true
        guard index < tokens.count else { return }
        switch tokens[index] {
        case .anyInComponent, .anything: reach(index + 1, &states)
        case .optional(let length):
            reach(index + 1, &states)
            reach(index + length, &states)
        default: break
        }
    }
}
