/// Reads a boolean expression: what is compared with what.
struct ExpressionReader {
    let stream: TokenStream

    struct Claim {
        var comparison: Comparison
        var isNegated: Bool
        var subject: Range<Int>
        var expected: Range<Int>?
        var tolerance: String?
    }

    /// One claim per operand of a conjunction; a disjunction is one weak claim.
    func claims(_ range: Range<Int>) -> [Claim] {
        let range = unwrapped(range)
        guard !range.isEmpty else { return [] }
        let parts = split(range, at: ["and", "&&"])
        if parts.count > 1 { return parts.flatMap(claims) }
        if split(range, at: ["or", "||"]).count > 1 {
            return [Claim(comparison: .truthy, isNegated: false, subject: range)]
        }
        return [claim(range)]
    }

    private func claim(_ range: Range<Int>) -> Claim {
        let first = range.lowerBound
        if range.count > 1, stream.matches(first, "not") || stream.matches(first, "!") {
            var inner = claims(first + 1..<range.upperBound)
            if inner.count == 1, var only = inner.popLast() {
                if only.comparison == .truthy, only.expected == nil {
                    only.comparison = only.isNegated ? .truthy : .falsy
                    only.isNegated = false
                } else {
                    only.isNegated.toggle()
                }
                return only
            }
            return Claim(comparison: .falsy, isNegated: false, subject: range)
        }
        if let operation = comparisonOperator(in: range) {
            return compared(range, operation)
        }
        return called(range)
            ?? Claim(comparison: .truthy, isNegated: false, subject: range)
    }

    private func compared(
        _ range: Range<Int>, _ operation: (at: Int, length: Int, Comparison, Bool)
    ) -> Claim {
        let (at, length, comparison, negated) = operation
        let left = range.lowerBound..<at
        let right = at + length..<range.upperBound
        var claim = Claim(
            comparison: comparison, isNegated: negated, subject: left, expected: right)
        // The literal is what is demanded, whichever side it stands on.
        if isLiteral(left), !isLiteral(right) {
            claim.subject = right
            claim.expected = left
            claim.comparison = comparison.mirrored
        }
        guard let expected = claim.expected else { return claim }
        let expectedText = stream.joined(expected)
        if comparison == .equal, expectedText.contains("approx(") {
            claim.comparison = .approximate
            claim.tolerance = toleranceText(in: expected)
        }
        if ["None", "null", "nil", "nullptr", "NULL", "undefined"].contains(expectedText),
            comparison == .equal || comparison == .identical
        {
            return Claim(
                comparison: negated ? .notNull : .null, isNegated: false, subject: claim.subject)
        }
        if comparison == .less || comparison == .lessOrEqual,
            stream.joined(claim.subject).lowercased().contains("abs(")
        {
            claim.comparison = .approximate
            claim.tolerance = expectedText
            claim.expected = nil
        }
        return claim
    }

    /// Functions that compare and answer true or false.
    private func called(_ range: Range<Int>) -> Claim? {
        guard stream.closes(range.upperBound - 1) else { return nil }
        let open = Int(stream.partner[range.upperBound - 1])
        guard open > range.lowerBound, stream.matches(open, "(") else { return nil }
        let name = stream.text(open - 1)
        let inside = stream.arguments(in: open + 1..<range.upperBound - 1)
        let receiver = range.lowerBound..<max(range.lowerBound, open - 2)
        switch name {
        case "isinstance", "issubclass":
            guard inside.count > 1 else { return nil }
            return Claim(
                comparison: .type, isNegated: false, subject: inside[0], expected: inside[1])
        case "isclose", "allclose", "approx_equal":
            guard inside.count > 1 else { return nil }
            return Claim(
                comparison: .approximate, isNegated: false, subject: inside[0],
                expected: inside[1],
                tolerance: inside.count > 2
                    ? stream.joined(inside[2].lowerBound..<inside[inside.count - 1].upperBound)
                    : nil)
        case "DeepEqual", "array_equal", "Equal":
            guard inside.count > 1 else { return nil }
            return Claim(
                comparison: .equal, isNegated: false, subject: inside[0], expected: inside[1])
        case "equals", "Equals", "isEqual":
            guard inside.count == 1, !receiver.isEmpty else { return nil }
            return Claim(
                comparison: .equal, isNegated: false, subject: receiver, expected: inside[0])
        case "contains", "Contains", "includes", "include", "startswith", "startsWith", "hasPrefix",
            "endswith", "endsWith", "hasSuffix":
            guard let last = inside.last else { return nil }
            let subject = inside.count > 1 ? inside[0] : receiver
            return Claim(
                comparison: .contains, isNegated: false, subject: subject, expected: last)
        case "matches", "match", "search", "fullmatch", "IsMatch", "MatchString":
            guard let last = inside.first else { return nil }
            return Claim(
                comparison: .matches, isNegated: false,
                subject: inside.count > 1 ? inside[1] : receiver, expected: last)
        default: return nil
        }
    }

    /// The text of the arguments that allow a difference.
    func toleranceText(in range: Range<Int>) -> String? {
        guard let open = range.first(where: { stream.matches($0, "(") }), stream.opens(open) else {
            return nil
        }
        let inside = stream.arguments(in: open + 1..<Int(stream.partner[open]))
        return inside.count > 1 ? inside.dropFirst().map(stream.joined).joined(separator: ",") : nil
    }

    /// Without brackets around the whole.
    func unwrapped(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while range.count > 2, stream.matches(range.lowerBound, "("),
            Int(stream.partner[range.lowerBound]) == range.upperBound - 1,
            stream.arguments(in: range.lowerBound + 1..<range.upperBound - 1).count == 1
        {
            range = range.lowerBound + 1..<range.upperBound - 1
        }
        return range
    }

    private func split(_ range: Range<Int>, at words: Set<String>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            let length = stream.tokens[index].end - stream.tokens[index].start
            if length <= 3, length >= 2, words.contains(stream.text(index)) {
                parts.append(start..<index)
                start = index + 1
            }
            index = stream.past(index)
        }
        parts.append(start..<range.upperBound)
        return parts.filter { !$0.isEmpty }
    }

    private func comparisonOperator(
        in range: Range<Int>
    ) -> (at: Int, length: Int, Comparison, Bool)? {
        var index = range.lowerBound
        while index < range.upperBound {
            let size = stream.tokens[index].end - stream.tokens[index].start
            if size <= 10, index > range.lowerBound {
                switch stream.text(index) {
                case "==", "===", "-eq", "=": return (index, 1, .equal, false)
                case "!=", "!==", "<>", "-ne": return (index, 1, .equal, true)
                case "is":
                    if stream.matches(index + 1, "not") { return (index, 2, .identical, true) }
                    return (index, 1, .identical, false)
                case "is not": return (index, 1, .identical, true)
                case "not in": return (index, 1, .contains, true)
                case "not" where stream.matches(index + 1, "in"): return (index, 2, .contains, true)
                case "in": return (index, 1, .contains, false)
                case "<", "-lt": return (index, 1, .less, false)
                case "<=", "-le": return (index, 1, .lessOrEqual, false)
                case ">", "-gt": return (index, 1, .greater, false)
                case ">=", "-ge": return (index, 1, .greaterOrEqual, false)
                case "=~": return (index, 1, .matches, false)
                case "!~": return (index, 1, .matches, true)
                case "instanceof": return (index, 1, .type, false)
                default: break
                }
            }
            index = stream.past(index)
        }
        return nil
    }

    /// Whether the tokens are a value written out: numbers, strings, constants, brackets of such.
    func isLiteral(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        var sawValue = false
        for index in range {
            switch stream.tokens[index].kind {
            case .number:
                sawValue = true
            case .string:
                // An interpolated string computes.
                let text = stream.text(index)
                if text.hasPrefix("f\"") || text.hasPrefix("f'") || text.contains("${")
                    || stream.source.language == .bash && !text.hasPrefix("'") && text.contains("$")
                    || stream.source.language == .php && text.hasPrefix("\"") && text.contains("$")
                {
                    return false
                }
                sawValue = true
            case .word:
                guard Self.constants.contains(stream.text(index)) else { return false }
                sawValue = true
            case .mark:
                guard Self.literalMarks.contains(stream.text(index)) else { return false }
            case .blockStart, .blockEnd: break
            }
        }
        return sawValue || range.count == 2
    }

    private static let constants: Set<String> = [
        "true", "false", "True", "False", "TRUE", "FALSE", "nil", "null", "None", "NULL", "nullptr",
        "undefined", "NaN", "YES", "NO",
    ]
    private static let literalMarks: Set<String> = [
        "[", "]", "(", ")", "{", "}", ",", "-", "+", ":", "=>", ".", "%", "*", "/", "&", "|", "^",
    ]
}

extension Comparison {
    /// The same claim with the operands exchanged.
    var mirrored: Comparison {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
