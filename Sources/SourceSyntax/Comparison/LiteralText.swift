/// Texts that are the same but for the literals in them.
enum LiteralText {
    /// Whether only literals differ.
    static func differ(_ before: String, _ after: String) -> Bool {
        before != after && masked(before) == masked(after)
    }

    /// Quoted texts and numbers as one character each.
    static func masked(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "\"" || character == "'" || character == "`" {
                let body = rest.dropFirst().prefix { $0 != character }
                result.append("\"")
                rest = rest.dropFirst(body.count + 2)
            } else if character.isNumber, !(result.last.map { $0.isLetter || $0 == "_" } ?? false) {
                result.append("0")
                rest = rest.drop { $0.isNumber || $0 == "." || $0 == "_" }
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// What occurs less often in `others`; both are sorted.
    static func missing(_ values: [String], in others: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for value in others { counts[value, default: 0] += 1 }
        return values.filter { value in
            counts[value, default: 0] -= 1
            return counts[value, default: 0] < 0
        }
    }
}
