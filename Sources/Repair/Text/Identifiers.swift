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
        var quote: Character?
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if let open = quote {
                if character == "\\", index + 1 < characters.count {
                    result += characters[index...(index + 1)]
                    index += 2
                    continue
                }
                if character == open { quote = nil }
                result.append(character)
                index += 1
                continue
            }
            if character == "#" || (character == "/" && characters[index...].starts(with: "//")) {
                return String(result + characters[index...])
            }
            if "\"'`".contains(character) { quote = character }
            let startsWord = index == 0 || !isWord(characters[index - 1])
            let end = index + wanted.count
            if startsWord, end <= characters.count, characters[index..<end].elementsEqual(wanted),
                end == characters.count || !isWord(characters[end])
            {
                result += Array(new)
                index = end
                continue
            }
            result.append(character)
            index += 1
        }
        return String(result)
    }

    /// The whole words of a line, in order, strings and comments included.
    static func words(of line: String) -> [String] {
        line.split { !isWord($0) }.map(String.init)
    }

    static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
