/// A path pattern: `*` and `?` within one path component, `**` across components, `[a-z]` classes
/// and `{a,b}` alternatives. Matches whole paths, byte by byte.
///
/// A pattern without a slash matches the last component anywhere, as in `.gitignore`. Matching
/// takes time proportional to path length times pattern length, whatever the pattern.
package struct PathGlob: Sendable, Equatable {
    package let pattern: String
    private let alternatives: [Alternative]

    private struct Alternative: Sendable, Equatable {
        var tokens: [Token]
        /// Bytes that every matching path begins with, and ends with.
        var prefix: [UInt8]
        var suffix: [UInt8]

        init(_ tokens: [Token]) {
            self.tokens = tokens
            prefix = Self.literals(tokens)
            suffix = Self.literals(tokens.reversed()).reversed()
        }

        private static func literals(_ tokens: [Token]) -> [UInt8] {
            var bytes: [UInt8] = []
            for case .byte(let byte) in tokens.prefix(while: {
                if case .byte = $0 { true } else { false }
            }) {
                bytes.append(byte)
            }
            return bytes
        }

        func mayMatch(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
            guard path.count >= max(prefix.count, suffix.count) else { return false }
            for index in prefix.indices where path[index] != prefix[index] { return false }
            let start = path.count - suffix.count
            for index in suffix.indices where path[start + index] != suffix[index] { return false }
            return true
        }
    }

    private enum Token: Sendable, Equatable {
        case byte(UInt8)
        case anyByte
        case anyRun
        /// Zero or more whole components, with the slash that follows.
        case anyComponents
        /// The rest of the path.
        case rest
        case oneOf([ClosedRange<UInt8>], negated: Bool)
    }

    /// More alternatives than this in one pattern are a mistake or an attack.
    private static let alternativeLimit = 256

    /// - Returns: `nil` for an empty pattern, an unclosed `[` or `{`, or too many alternatives.
    package init?(_ pattern: String) {
        guard !pattern.isEmpty, let expanded = Self.expand(Array(pattern.utf8)) else { return nil }
        var alternatives: [Alternative] = []
        for alternative in expanded {
            guard let tokens = Self.tokens(alternative) else { return nil }
            alternatives.append(Alternative(tokens))
        }
        self.pattern = pattern
        self.alternatives = alternatives
    }

    package func matches(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { bytes in
            alternatives.contains { $0.mayMatch(bytes) && Self.matches($0.tokens, bytes) }
        }
    }

    private static func expand(_ pattern: [UInt8]) -> [[UInt8]]? {
        guard let open = pattern.firstIndex(of: UInt8(ascii: "{")) else { return [pattern] }
        var depth = 0
        var parts: [[UInt8]] = [[]]
        var index = open
        while index < pattern.count {
            let byte = pattern[index]
            if byte == UInt8(ascii: "{") {
                depth += 1
                if depth > 1 { parts[parts.count - 1].append(byte) }
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { break }
                parts[parts.count - 1].append(byte)
            } else if byte == UInt8(ascii: ","), depth == 1 {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
            index += 1
        }
        guard depth == 0, index < pattern.count, parts.count <= alternativeLimit else { return nil }
        var result: [[UInt8]] = []
        for part in parts {
            let whole = Array(pattern[..<open]) + part + pattern[(index + 1)...]
            guard let expanded = expand(whole) else { return nil }
            result += expanded
            guard result.count <= alternativeLimit else { return nil }
        }
        return result
    }

    private static func tokens(_ pattern: [UInt8]) -> [Token]? {
        let slash = UInt8(ascii: "/")
        let star = UInt8(ascii: "*")
        var tokens: [Token] = []
        var index = 0
        if !pattern.contains(slash) { tokens.append(.anyComponents) }
        if pattern.first == slash { index = 1 }
        while index < pattern.count {
            let byte = pattern[index]
            let atStart = index == 0 || pattern[index - 1] == slash
            if byte == star, index + 1 < pattern.count, pattern[index + 1] == star {
                if atStart, index + 2 < pattern.count, pattern[index + 2] == slash {
                    tokens.append(.anyComponents)
                    index += 3
                } else {
                    tokens.append(.rest)
                    index += 2
                }
                continue
            }
            switch byte {
            case star: tokens.append(.anyRun)
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "["):
                guard let (token, next) = characterClass(pattern, from: index) else { return nil }
                tokens.append(token)
                index = next
                continue
            case UInt8(ascii: "\\") where index + 1 < pattern.count:
                tokens.append(.byte(pattern[index + 1]))
                index += 1
            default: tokens.append(.byte(byte))
            }
            index += 1
        }
        if pattern.last == slash { tokens.append(.rest) }
        return tokens
    }

    private static func characterClass(_ pattern: [UInt8], from open: Int) -> (Token, Int)? {
        var index = open + 1
        var ranges: [ClosedRange<UInt8>] = []
        var negated = false
        if index < pattern.count, pattern[index] == UInt8(ascii: "!") {
            negated = true
            index += 1
        }
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") || ranges.isEmpty {
            let low = pattern[index]
            if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"),
                pattern[index + 2] != UInt8(ascii: "]"), pattern[index + 2] >= low
            {
                ranges.append(low...pattern[index + 2])
                index += 3
            } else {
                ranges.append(low...low)
                index += 1
            }
        }
        guard index < pattern.count else { return nil }
        return (.oneOf(ranges, negated: negated), index + 1)
    }

    /// Simulates the pattern as a set of positions.
    private static func matches(_ tokens: [Token], _ path: UnsafeBufferPointer<UInt8>) -> Bool {
        let slash = UInt8(ascii: "/")
        var current = [Bool](repeating: false, count: tokens.count + 1)
        current[0] = true
        var next = current
        for offset in 0...path.count {
            // Steps that take no byte.
            for position in tokens.indices where current[position] {
                switch tokens[position] {
                case .anyRun, .rest: current[position + 1] = true
                case .anyComponents where offset == 0 || path[offset - 1] == slash:
                    current[position + 1] = true
                default: break
                }
            }
            if offset == path.count { break }
            let byte = path[offset]
            for position in next.indices { next[position] = false }
            var alive = false
            for position in tokens.indices where current[position] {
                let target: Int? =
                    switch tokens[position] {
                    case .byte(let wanted): wanted == byte ? position + 1 : nil
                    case .anyByte: byte != slash ? position + 1 : nil
                    case .anyRun: byte != slash ? position : nil
                    case .anyComponents, .rest: position
                    case .oneOf(let ranges, let negated):
                        byte != slash && ranges.contains { $0.contains(byte) } != negated
                            ? position + 1 : nil
                    }
                if let target {
                    next[target] = true
                    alive = true
                }
            }
            if !alive { return false }
            swap(&current, &next)
        }
        return current[tokens.count]
    }
}
