internal import RunModel

/// Whether a handler was put around code that was there before, in place of letting it fail.
enum WrappedCode {
    /// Lines above a handler in which its `try` is looked for.
    private static let linesMax = 60

    /// - Parameter candidate: the line of the handler.
    static func isWrapped(_ candidate: ContentCandidate) -> Bool {
        guard candidate.side == .head, candidate.file.base.text != nil,
            let hunk = candidate.file.hunk(containing: candidate.line, on: .head)
        else { return false }
        var body: [String] = []
        for number in bodyLines(candidate) {
            let line = candidate.text.string(ofLine: number)
            if line.allSatisfy(\.isWhitespace) { continue }
            // A line that the change did not touch now stands under the handler.
            if candidate.file.hunk(containing: number, on: .head) == nil { return true }
            body.append(String(line.prefix(400)))
        }
        let before = hunk.base.prefix(linesMax).compactMap {
            candidate.file.base.text?.string(ofLine: $0)
        }
        return !calls(in: before).isDisjoint(with: calls(in: body))
    }

    /// The lines between `try` and its handler; the handler's own line where both stand on it.
    private static func bodyLines(_ candidate: ContentCandidate) -> ClosedRange<Int> {
        // Python's `with suppress(...)` stands above what it wraps.
        if candidate.string.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("with ") {
            let first = min(candidate.line + 1, candidate.text.lineCount)
            return first...first
        }
        let words = ["try", "do {", "begin"]
        let own = candidate.string.drop { $0 == " " || $0 == "\t" }
        if words.contains(where: own.hasPrefix) || own.contains(".catch(") {
            return candidate.line...candidate.line
        }
        let depth = candidate.string.prefix { $0 == " " || $0 == "\t" }.count
        var number = candidate.line - 1
        while number >= max(1, candidate.line - linesMax) {
            let line = candidate.text.string(ofLine: number)
            let text = line.drop { $0 == " " || $0 == "\t" }
            if line.count - text.count <= depth,
                text.hasPrefix("try") || text.hasPrefix("do {") || text.hasPrefix("begin")
                    || text.hasPrefix("def ") || text.hasSuffix("try {")
            {
                return min(number + 1, candidate.line)...candidate.line
            }
            number -= 1
        }
        return candidate.line...candidate.line
    }

    /// Names before an opening bracket.
    private static func calls(in lines: [String]) -> Set<String> {
        let keywords: Set<String> = [
            "if", "for", "while", "switch", "catch", "except", "return", "def", "func", "suppress",
        ]
        var found: Set<String> = []
        for line in lines {
            var word = ""
            for character in line {
                if character.isLetter || character.isNumber || character == "_" {
                    word.append(character)
                } else {
                    if character == "(", word.count > 1, !keywords.contains(word) {
                        found.insert(word)
                    }
                    word = ""
                }
            }
        }
        return found
    }
}
