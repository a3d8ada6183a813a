/// Words of a program's text, found without parsing it.
enum Identifiers {
    /// Replaces `old` where it stands as a whole word, outside of string literals and comments.
    ///
    /// Good for the languages whose strings are in quotes and whose comments begin with `#` or
    /// `//`; what it gets wrong, the verifier and the reviewer see.
    static func replace(_ old: String, by new: String, in line: String) -> String {
        let characters = Array(line)
        let wanted = Array(old)
        var result: [Character] = []
        var places: [Place] = []
        var index = 0
        func next(_ character: Character) -> Bool {
            index + 1 < characters.count && characters[index + 1] == character
        }
        func keep(_ count: Int) {
            result += characters[index..<min(index + count, characters.count)]
            index += count
        }
        while index < characters.count {
            let character = characters[index]
            if case .text(let quote, let isFormatted)? = places.last {
                if character == "\\", next("("), encloses(characters[(index + 2)...], quote) {
                    places.append(.code(closer: ")", depth: 0))
                    keep(2)
                } else if character == "\\" || isFormatted && character == "{" && next("{") {
                    keep(2)
                } else if isFormatted, character == "{" {
                    places.append(.code(closer: "}", depth: 0))
                    keep(1)
                } else if quote == "`", character == "$", next("{") {
                    places.append(.code(closer: "}", depth: 0))
                    keep(2)
                } else {
                    if character == quote { places.removeLast() }
                    keep(1)
                }
                continue
            }
            if places.isEmpty,
                character == "#" || (character == "/" && characters[index...].starts(with: "//"))
            {
                return String(result + characters[index...])
            }
            if case .code(let closer, let depth)? = places.last {
                let opener: Character = closer == "}" ? "{" : "("
                if character == closer, depth == 0 {
                    places.removeLast()
                } else if character == closer || character == opener {
                    places[places.count - 1] = .code(
                        closer: closer, depth: depth + (character == opener ? 1 : -1))
                }
            }
            if "\"'`".contains(character) {
                // Python's f"...", also with r before or after.
                let prefix = result.suffix(2).reversed().prefix(while: isWord)
                let isFormatted = prefix.contains { "fF".contains($0) } && prefix.count <= 2
                places.append(.text(quote: character, isFormatted: isFormatted))
            }
            let startsWord = index == 0 || !isWord(characters[index - 1])
            let end = index + wanted.count
            if startsWord, end <= characters.count, characters[index..<end].elementsEqual(wanted),
                end == characters.count || !isWord(characters[end])
            {
                result += Array(new)
                index = end
                continue
            }
            keep(1)
        }
        return String(result)
    }

    /// Where a character stands. Strings hold code again: `f"{x}"`, `${x}` and `\(x)`.
    private enum Place {
        case text(quote: Character, isFormatted: Bool)
        case code(closer: Character, depth: Int)
    }

    /// Whether a parenthesis is closed before the string is: else it was none of an interpolation.
    private static func encloses(_ rest: ArraySlice<Character>, _ quote: Character) -> Bool {
        rest.first { $0 == ")" || $0 == quote } == ")"
    }

    /// The whole words of a line, in order, strings and comments included.
    static func words(of line: String) -> [String] {
        line.split { !isWord($0) }.map(String.init)
    }

    static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
