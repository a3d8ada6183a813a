/// A name that the culprit gave to something that was there before.
struct Rename: Sendable, Hashable {
    var old: String
    var new: String
}

/// Reads renames of definitions off a difference.
enum RenameDetection {
    /// Words that begin a definition, in the languages that Drydock knows.
    static let definers: Set<String> = [
        "class", "const", "def", "enum", "fn", "func", "function", "interface", "let", "protocol",
        "struct", "trait", "type", "val", "var",
    ]

    /// Pairs of a removed and an added definition that differ in the defined name alone.
    static func renames(in hunks: [LineHunk]) -> [Rename] {
        var found: [Rename] = []
        for hunk in hunks {
            var added = hunk.added
            for line in hunk.removed {
                guard let old = definedName(line) else { continue }
                let match = added.firstIndex { candidate in
                    guard let new = definedName(candidate), new != old else { return false }
                    return Identifiers.replace(old, by: new, in: line) == candidate
                }
                guard let match, let new = definedName(added[match]) else { continue }
                added.remove(at: match)
                found.append(Rename(old: old, new: new))
            }
        }
        return found
    }

    /// The name that a line defines: the word after `def`, `func`, ..., or a constant's at column 0.
    static func definedName(_ line: String) -> String? {
        let words = Identifiers.words(of: line)
        if let keyword = words.firstIndex(where: definers.contains), keyword + 1 < words.count,
            keyword < 4
        {
            // Go puts the receiver between: `func (s *Stack) Push(...)`.
            let after = line.firstRange(of: "func (").map { line[$0.upperBound...] }
            if words[keyword] == "func", let after, let close = after.firstIndex(of: ")") {
                return Identifiers.words(of: String(after[close...])).first
            }
            // `const { a, b } = require(...)` takes names over; it makes none.
            let takesOver = ["{", "[", "("].contains {
                line.contains("\(words[keyword]) \($0)") || line.contains("\(words[keyword])\($0)")
            }
            return takesOver ? nil : words[keyword + 1]
        }
        guard let first = line.first, Identifiers.isWord(first), let name = words.first,
            line.dropFirst(name.count).drop(while: { $0 == " " }).hasPrefix("="),
            !line.contains("==")
        else { return nil }
        return name
    }
}
