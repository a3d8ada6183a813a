/// Assertions that are not one call: `expect(x).not.toBe(1)`, `x shouldBe 1`, `assert x == 1`,
/// `if got != want { t.Errorf(...) }`, `[ "$x" = y ]`.
extension AssertionReader {
    /// `expect(subject)` and the matchers after it; `nil` when it is none.
    func readSentence(at index: Int, _ limit: Int, into found: inout [Assertion]) -> Int? {
        guard let call = call(at: index, limit) ?? subjectless(at: index) else { return nil }
        let name = stream.text(index)
        let before = found.count
        let subject: Range<Int>
        if call.arguments.count > 1, let constraint = call.arguments.last {
            // Hamcrest and NUnit: the matcher is the last argument.
            subject = call.arguments[call.arguments.count - 2]
            readMatchers(in: constraint, subject, negated: false, into: &found)
            if found.count > before { return index + 1 }
        }
        let first =
            call.arguments.first
            ?? (call.end > index + 2 ? index + 1..<call.end : index..<index + 1)
        var end = call.end
        // A block after the arguments belongs to the subject.
        if end < limit, stream.opens(end), stream.matches(end, "{") { end = stream.past(end) }
        let sentence = end..<sentenceEnd(from: end, limit)
        readMatchers(in: sentence, first, negated: false, into: &found)
        if found.count == before {
            guard call.arguments.count > 0, name != "should" else { return nil }
            if [.javascript, .typescript, .tsx, .ruby, .php].contains(profile.language) {
                // `expect(x)` without a matcher asks nothing.
                var made = make(name, .truthy, false, subject: first, line: index)
                made.isConstant = true
                found.append(made)
            } else {
                appendClaims(name, first, line: index, into: &found)
            }
        }
        // What stands inside the subject may hold assertions of its own; the matchers are done.
        return sentence.isEmpty ? end : max(index + 1, sentence.upperBound)
    }

    private func subjectless(at index: Int) -> Call? {
        stream.matches(index, "is_expected")
            ? Call(arguments: [index..<index + 1], generic: nil, end: index + 1) : nil
    }

    /// Where a chain of `.word(...)` ends; in Ruby, the line.
    private func sentenceEnd(from start: Int, _ limit: Int) -> Int {
        var index = start
        let isBare = !profile.syntax.bareArguments.isEmpty
        while index < limit {
            if isChainMark(index) {
                index += 1
            } else if index > start, stream.tokens[index].kind == .word,
                isChainMark(index - 1) || (isBare && isContinuation(index))
            {
                index += 1
            } else if index > start, stream.opens(index),
                !stream.matches(index, "{") || isBare,
                stream.tokens[index].line == stream.tokens[index - 1].line
            {
                index = stream.past(index)
            } else if isBare, index > start, isContinuation(index) {
                index += 1
            } else {
                break
            }
        }
        return min(index, limit)
    }

    private func isChainMark(_ index: Int) -> Bool {
        stream.matches(index, ".") || stream.matches(index, "->") || stream.matches(index, "?.")
            || stream.matches(index, "::") || stream.matches(index, "&.")
    }

    /// Ruby: the same line, and not the end of a block.
    private func isContinuation(_ index: Int) -> Bool {
        stream.tokens[index].line == stream.tokens[index - 1].line && !stream.closes(index)
            && !stream.matches(index, "end") && !stream.matches(index, ";")
            && !stream.matches(index, "if") && !stream.matches(index, "unless")
    }

    private func readMatchers(
        in range: Range<Int>, _ subject: Range<Int>, negated: Bool, into found: inout [Assertion]
    ) {
        var negated = negated
        var index = range.lowerBound
        while index < range.upperBound {
            defer { index += 1 }
            guard stream.tokens[index].kind == .word else { continue }
            let name = stream.text(index)
            if isNegation(name) {
                negated.toggle()
                continue
            }
            guard let form = form(matcher: name) else { continue }
            let call = call(at: index, range.upperBound)
            let needsArguments = form.layout == .operands && form.comparison != .snapshot
            if needsArguments, call == nil, name != "be" { continue }
            if name == "be", call == nil { continue }
            append(
                form, name, call ?? Call(arguments: [], generic: nil, end: index + 1),
                subject: subject, negated: negated, at: index, into: &found)
            index = max(index, (call?.end ?? index + 1) - 1)
        }
    }

    /// `x.must_equal 2`, `x shouldBe 3`, `x.Should().Be(3)`.
    func readInfix(
        _ form: AssertionForm, _ name: String, at index: Int, _ limit: Int,
        into found: inout [Assertion]
    ) {
        var subjectEnd = index
        if isChainMark(subjectEnd - 1) { subjectEnd -= 1 }
        let lower = name.lowercased()
        if !lower.hasPrefix("should"), !lower.hasPrefix("must"), !lower.hasPrefix("wont") {
            // FluentAssertions: the words before must be `Should ( ) .`
            guard stream.matches(subjectEnd - 1, ")"), stream.matches(subjectEnd - 3, "Should")
            else {
                return
            }
            subjectEnd -= 4
        }
        let subject = statementStart(before: subjectEnd)..<max(0, subjectEnd)
        guard !subject.isEmpty else { return }
        var call = call(at: index, limit)
        if call == nil, form.layout == .operands {
            var end = index + 1
            while end < limit, stream.tokens[end].line == stream.tokens[index].line,
                !stream.closes(end), !stream.matches(end, ";")
            {
                end = stream.past(end)
            }
            guard end > index + 1 else { return }
            call = Call(arguments: [index + 1..<end], generic: nil, end: end)
        }
        append(
            form, name, call ?? Call(arguments: [], generic: nil, end: index + 1), subject: subject,
            at: index, into: &found)
    }

    private func statementStart(before end: Int) -> Int {
        var index = end
        while index > 0 {
            let previous = index - 1
            if index < end, stream.tokens[previous].line < stream.tokens[index].line,
                !isChainMark(index)
            {
                break
            }
            if stream.closes(previous) {
                index = Int(stream.partner[previous])
                continue
            }
            if stream.opens(previous) || stream.matches(previous, ";")
                || stream.tokens[previous].kind == .blockStart
            {
                break
            }
            index = previous
        }
        return index
    }

    /// Python's `assert expression, message`.
    func readStatement(at index: Int, into found: inout [Assertion]) -> Int {
        let parent = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        guard parent >= 0, stream.source.kind(of: stream.source.nodes[parent]) == "assert_statement"
        else { return index + 1 }
        let range = stream.range(ofNode: parent)
        let arguments = stream.arguments(in: index + 1..<range.upperBound)
        if let first = arguments.first {
            appendClaims("assert", first, line: index, into: &found)
        }
        return range.upperBound
    }

    /// `if condition { t.Errorf(...) }` claims that the condition does not hold.
    func readGoCheck(at index: Int, into found: inout [Assertion]) -> Int {
        let parent = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        guard parent >= 0,
            let condition = stream.source.child(of: parent, field: "condition"),
            let consequence = stream.source.child(of: parent, field: "consequence")
        else { return index + 1 }
        let block = stream.range(ofNode: consequence)
        let reports = block.contains { token in
            guard stream.matches(token, "."), token + 1 < block.upperBound else { return false }
            return ["Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"].contains(
                stream.text(token + 1))
                && !stream.matches(token - 1, "fmt") && !stream.matches(token - 1, "errors")
        }
        guard reports else { return index + 1 }
        let range = stream.range(ofNode: condition)
        for claim in expressionReader.claims(range) {
            let inverted = claim.inverted
            found.append(
                make(
                    "if", inverted.comparison, inverted.isNegated, subject: claim.subject,
                    expected: claim.expected, line: index))
        }
        return block.upperBound
    }

    /// `[ a = b ]`, `[[ a == b ]]`.
    func readTestCommand(at index: Int, into found: inout [Assertion]) -> Int {
        guard stream.matches(index, "[") || stream.matches(index, "[["), stream.opens(index) else {
            return index + 1
        }
        let close = Int(stream.partner[index])
        appendClaims("test", index + 1..<close, line: index, into: &found)
        return close + 1
    }
}

extension ExpressionReader.Claim {
    /// What holds when this does not.
    var inverted: (comparison: Comparison, isNegated: Bool) {
        switch comparison {
        case .less: (.greaterOrEqual, isNegated)
        case .lessOrEqual: (.greater, isNegated)
        case .greater: (.lessOrEqual, isNegated)
        case .greaterOrEqual: (.less, isNegated)
        case .null: (.notNull, false)
        case .notNull: (.null, false)
        case .truthy: (.falsy, isNegated)
        case .falsy: (.truthy, isNegated)
        default: (comparison, !isNegated)
        }
    }
}
