/// Finds code of a test that never runs: after a return, below `if false`, in a function that
/// nobody calls.
struct DeadCode {
    let stream: TokenStream
    let profile: LanguageProfile

    /// Functions inside one test that are looked up: each look-up reads the test.
    private static let nestedLimit = 50

    /// Marks the dead tokens of `range`; `mark` gets ranges within it, which may overlap.
    func find(in range: Range<Int>, mark: (Range<Int>) -> Void) {
        /// Where each open block ends, innermost last.
        var blocks: [Int] = [range.upperBound]
        var nestedFunctions = 0
        var index = range.lowerBound
        while index < range.upperBound {
            while let end = blocks.last, end <= index, blocks.count > 1 { blocks.removeLast() }
            let token = stream.tokens[index]
            switch token.kind {
            case .blockStart:
                let end = stream.range(ofNode: Int(token.node)).upperBound
                blocks.append(min(end, range.upperBound))
            case .mark where stream.matches(index, "{") && stream.opens(index):
                blocks.append(min(Int(stream.partner[index]), range.upperBound))
            case .word where stream.matches(index, "return"):
                if isStatement(index), let end = blocks.last {
                    let after = statementEnd(index, limit: end)
                    if after < end { mark(after..<end) }
                }
            case .word where stream.matches(index, "if") || stream.matches(index, "while"):
                if let body = neverTaken(index, range) { mark(body) }
            case .word where stream.matches(index, "def") && index > range.lowerBound + 2:
                nestedFunctions += 1
                if nestedFunctions <= Self.nestedLimit, let body = uncalled(index, range) {
                    mark(body)
                }
            default: break
            }
            index += 1
        }
    }

    /// Whether a `return` begins a statement of its block, rather than following a condition.
    private func isStatement(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        let previous = index - 1
        let token = stream.tokens[previous]
        if token.kind == .blockStart || token.kind == .blockEnd { return true }
        if stream.matches(previous, "{") || stream.matches(previous, "}")
            || stream.matches(previous, ";")
        {
            return true
        }
        guard token.line < stream.tokens[index].line else { return false }
        if stream.matches(previous, "else") || stream.matches(previous, "=>")
            || stream.matches(previous, ":") || stream.matches(previous, "->")
            || stream.matches(previous, "then")
        {
            return false
        }
        guard stream.closes(previous), stream.matches(previous, ")") else {
            // Ruby's and Swift's conditions have no brackets: what comes first on the line decides.
            return !["if", "unless", "guard", "when", "case", "elsif", "while", "default"].contains(
                firstWord(ofLineWith: previous))
        }
        let open = Int(stream.partner[previous])
        let conditions = ["if", "while", "for", "switch", "catch", "when"]
        return open == 0
            || !conditions.contains(stream.text(open - 1))
                && !conditions.contains(firstWord(ofLineWith: previous))
    }

    private func firstWord(ofLineWith index: Int) -> String {
        var first = index
        while first > 0, stream.tokens[first - 1].line == stream.tokens[index].line { first -= 1 }
        return stream.text(first)
    }

    private func statementEnd(_ index: Int, limit: Int) -> Int {
        var next = stream.past(index)
        while next < limit {
            if stream.matches(next, ";") { return next + 1 }
            let isContinued = stream.matches(next, ".") || stream.matches(next - 1, ".")
            if stream.tokens[next].line > stream.tokens[next - 1].line, !isContinued { break }
            next = stream.past(next)
        }
        return min(next, limit)
    }

    /// The body of `if False:`, `if (false) {`, `if false {`, `while 0`.
    private func neverTaken(_ index: Int, _ range: Range<Int>) -> Range<Int>? {
        var next = index + 1
        if stream.matches(next, "(") { next += 1 }
        guard next < range.upperBound,
            ["False", "false", "0", "nil", "None", "null"].contains(stream.text(next))
        else { return nil }
        var after = next + 1
        if stream.matches(after, ")") { after += 1 }
        if stream.matches(after, ":") { after += 1 }
        guard after < range.upperBound else { return nil }
        if stream.tokens[after].kind == .blockStart {
            return
                after..<min(
                    stream.range(ofNode: Int(stream.tokens[after].node)).upperBound,
                    range.upperBound)
        }
        guard stream.opens(after), stream.matches(after, "{") else { return nil }
        return after..<min(Int(stream.partner[after]), range.upperBound)
    }

    /// The body of a nested Python function whose name occurs once.
    private func uncalled(_ index: Int, _ range: Range<Int>) -> Range<Int>? {
        guard profile.language == .python, index + 1 < range.upperBound else { return nil }
        // A decorator may call it.
        let parent = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        guard parent >= 0, !isDecorated(parent) else { return nil }
        let name = stream.text(index + 1)
        let uses = range.prefix(5_000).count {
            stream.tokens[$0].kind == .word && stream.text($0) == name
        }
        guard uses == 1 else { return nil }
        let body = stream.range(ofNode: parent)
        return index..<min(body.upperBound, range.upperBound)
    }

    private func isDecorated(_ function: Int) -> Bool {
        let outer = Int(stream.source.nodes[function].parent)
        return outer >= 0
            && stream.source.kind(of: stream.source.nodes[outer]) == "decorated_definition"
    }
}
