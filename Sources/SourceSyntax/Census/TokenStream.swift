/// A leaf of the tree that matters: no comments, no white space, strings whole.
struct SyntaxToken: Sendable {
    enum Kind: Sendable { case word, number, string, mark, blockStart, blockEnd }
    let kind: Kind
    let node: Int32
    let start: Int32
    let end: Int32
    let line: Int32
}

/// The tokens of one source with the brackets matched.
///
/// Assertions and markers are read from tokens rather than from nodes: macros, half-broken files and
/// fourteen grammars' names for an argument list look alike here. One object, because every reader of
/// a file holds it.
final class TokenStream {
    let source: ParsedSource
    let tokens: [SyntaxToken]
    /// For an opening bracket the index of its closing one, and the other way round; -1 for others.
    let partner: [Int32]
    /// Byte ranges of comments, in order.
    let comments: [Range<Int>]
    /// Token index at which a node's text begins, by node.
    let firstToken: [Int32]
    let roles: NodeRoles
    private(set) var digests = TokenDigests()

    init(_ source: ParsedSource, profile: LanguageProfile) {
        let roles = NodeRoles(source.grammar, profile.syntax)
        var tokens: [SyntaxToken] = []
        tokens.reserveCapacity(source.nodes.count / 2)
        var comments: [Range<Int>] = []
        var firstToken = [Int32](repeating: 0, count: source.nodes.count)
        var silentEnds: [(node: Int32, at: Int)] = []
        var index = 0
        while index < source.nodes.count {
            while let last = silentEnds.last, last.at <= index {
                silentEnds.removeLast()
                let end = source.nodes[Int(last.node)].end
                tokens.append(
                    SyntaxToken(
                        kind: .blockEnd, node: last.node, start: end, end: end,
                        line: tokens.last?.line ?? 1))
            }
            let node = source.nodes[index]
            firstToken[index] = Int32(tokens.count)
            let role = roles[node.symbol]
            if role == .comment {
                comments.append(Int(node.start)..<Int(node.end))
                Self.fill(&firstToken, from: index, to: Int(node.subtreeEnd), with: tokens.count)
                index = Int(node.subtreeEnd)
                continue
            }
            if role == .string, node.isNamed {
                tokens.append(
                    SyntaxToken(
                        kind: .string, node: Int32(index), start: node.start, end: node.end,
                        line: node.line))
                Self.fill(
                    &firstToken, from: index, to: Int(node.subtreeEnd), with: tokens.count - 1)
                index = Int(node.subtreeEnd)
                continue
            }
            if role == .silentBlock {
                tokens.append(
                    SyntaxToken(
                        kind: .blockStart, node: Int32(index), start: node.start, end: node.start,
                        line: node.line))
                silentEnds.append((Int32(index), Int(node.subtreeEnd)))
            } else if Int(node.subtreeEnd) == index + 1, node.end > node.start {
                tokens.append(
                    SyntaxToken(
                        kind: Self.kind(
                            of: source.bytes[Int(node.start)], length: node.end - node.start),
                        node: Int32(index),
                        start: node.start, end: node.end, line: node.line))
            }
            index += 1
        }
        for last in silentEnds.reversed() {
            let end = source.nodes[Int(last.node)].end
            tokens.append(
                SyntaxToken(
                    kind: .blockEnd, node: last.node, start: end, end: end,
                    line: tokens.last?.line ?? 1))
        }
        self.source = source
        self.roles = roles
        self.tokens = tokens
        self.comments = comments
        self.firstToken = firstToken
        self.partner = Self.matchBrackets(tokens, in: source.bytes)
        digests = TokenDigests(self)
    }

    private static func fill(
        _ table: inout [Int32], from first: Int, to end: Int, with value: Int
    ) {
        for index in first..<end { table[index] = Int32(value) }
    }

    private static func kind(of byte: UInt8, length: Int32) -> SyntaxToken.Kind {
        switch byte {
        case 0x24 where length == 1: .mark
        case 0x30...0x39: .number
        case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x24, 0x40, 0x60, 0x80...: .word
        default: .mark
        }
    }

    private static func matchBrackets(_ tokens: [SyntaxToken], in bytes: [UInt8]) -> [Int32] {
        var partner = [Int32](repeating: -1, count: tokens.count)
        var open: [(index: Int, byte: UInt8)] = []
        /// Open brackets by kind: one that has no partner is not searched for.
        var waiting: [UInt8: Int] = [:]
        func push(_ index: Int, _ byte: UInt8) {
            open.append((index, byte))
            waiting[byte, default: 0] += 1
        }
        for (index, token) in tokens.enumerated() where token.kind == .mark {
            // `#[` and `?.(` open like their last byte, `[[` pairs with `]]` by it as well.
            switch bytes[Int(token.end) - 1] {
            case UInt8(ascii: "("): push(index, UInt8(ascii: ")"))
            case UInt8(ascii: "["): push(index, UInt8(ascii: "]"))
            case UInt8(ascii: "{"): push(index, UInt8(ascii: "}"))
            case let byte where byte == 0x29 || byte == 0x5D || byte == 0x7D:
                // A bracket that fits nothing is skipped; one that fits further out closes all within.
                guard waiting[byte, default: 0] > 0 else { continue }
                while let last = open.popLast() {
                    waiting[last.byte, default: 1] -= 1
                    guard last.byte == byte else { continue }
                    partner[last.index] = Int32(index)
                    partner[index] = Int32(last.index)
                    break
                }
            default: break
            }
        }
        return partner
    }

    /// The token's bytes as text.
    func text(_ index: Int) -> String {
        let token = tokens[index]
        return String(
            decoding: source.bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
    }

    /// Whether the token is exactly `text`.
    func matches(_ index: Int, _ text: StaticString) -> Bool {
        guard index >= 0, index < tokens.count else { return false }
        let token = tokens[index]
        guard Int(token.end - token.start) == text.utf8CodeUnitCount else { return false }
        // SAFETY: a StaticString of ASCII or UTF-8 has a pointer that lives for ever.
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return source.bytes[Int(token.start)..<Int(token.end)].elementsEqual(bytes)
    }

    /// A token as it takes part in comparisons: quotes unified, no white space around.
    func normalised(_ index: Int) -> String {
        let token = tokens[index]
        guard token.kind == .string else { return text(index) }
        var value = text(index)[...]
        while let first = value.first, "rRbBuUfFLl".contains(first), value.count > 1,
            let second = value.dropFirst().first, "\"'rRbBfF".contains(second)
        {
            value = value.dropFirst()
        }
        for quote in ["\"\"\"", "'''", "\"", "'", "`"]
        where value.count >= 2 * quote.count && value.hasPrefix(quote) && value.hasSuffix(quote) {
            return "\"" + value.dropFirst(quote.count).dropLast(quote.count) + "\""
        }
        return String(value)
    }

    /// Longer stretches are written out this far; a hash stands for the rest.
    private static let joinedLimit = 600

    /// Tokens joined, words kept apart; commas before a closing bracket left out.
    func joined(_ range: Range<Int>) -> String {
        if range.count > Self.joinedLimit {
            let written = range.lowerBound..<range.lowerBound + Self.joinedLimit
            let rest = written.upperBound..<range.upperBound
            return joined(written) + " #" + String(digests.hash(rest), radix: 16)
        }
        var result = ""
        var lastWasWord = false
        for index in range {
            let token = tokens[index]
            if token.kind == .blockStart || token.kind == .blockEnd { continue }
            if matches(index, ","), index + 1 < tokens.count, closes(index + 1) { continue }
            let isWord = token.kind != .mark
            if isWord && lastWasWord { result += " " }
            result += normalised(index)
            lastWasWord = isWord
        }
        return result
    }

    func opens(_ index: Int) -> Bool {
        index >= 0 && index < tokens.count && partner[index] > Int32(index)
    }
    func closes(_ index: Int) -> Bool {
        index >= 0 && index < tokens.count && partner[index] >= 0 && partner[index] < Int32(index)
    }
    /// One past the bracket group that opens at `index`, or past `index` itself.
    func past(_ index: Int) -> Int { opens(index) ? Int(partner[index]) + 1 : index + 1 }

    /// The tokens of a node.
    func range(ofNode node: Int) -> Range<Int> {
        let first = Int(firstToken[node])
        let end = source.nodes[node].end
        var (low, high) = (first, tokens.count)
        while low < high {
            let middle = (low + high) / 2
            if tokens[middle].start < end { low = middle + 1 } else { high = middle }
        }
        return first..<low
    }

    /// Splits at commas outside brackets.
    func arguments(in range: Range<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            if matches(index, ",") {
                if start < index { result.append(start..<index) }
                start = index + 1
            }
            index = past(index)
        }
        if start < range.upperBound { result.append(start..<range.upperBound) }
        return result
    }
}

/// What a node is to the census, by symbol number.
struct NodeRoles: Sendable {
    enum Role: UInt8, Sendable {
        case other, comment, string, silentBlock, function, type, annotation, bareArguments
        case handler, attempt, loop
    }
    private let roles: [Role]

    init(_ grammar: Grammar, _ syntax: SyntaxKinds) {
        let named: [(Role, [String])] = [
            (.comment, syntax.comments), (.string, syntax.strings),
            (.silentBlock, syntax.silentBlocks), (.function, syntax.functions),
            (.type, syntax.classes), (.annotation, syntax.annotations),
            (.bareArguments, syntax.bareArguments), (.handler, syntax.handlers),
            (.attempt, syntax.attempts), (.loop, syntax.loops),
        ]
        var byName: [String: Role] = [:]
        for (role, names) in named { for name in names { byName[name] = role } }
        roles = grammar.kinds.map { byName[$0] ?? .other }
    }

    subscript(_ symbol: UInt16) -> Role {
        Int(symbol) < roles.count ? roles[Int(symbol)] : .other
    }
}
