/// The numbers and quoted texts of a line, in whatever language it is.
package enum LineLiterals {
    /// In their order; texts in double quotes, whatever theirs were.
    package static func of(_ text: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let character = rest.first {
            if character == "\"" || character == "'" {
                let body = rest.dropFirst().prefix { $0 != character }
                found.append("\"\(body)\"")
                rest = rest.dropFirst(body.count + 2)
            } else if character.isNumber {
                let digits = rest.prefix { $0.isNumber || $0 == "." || $0 == "_" }
                found.append(String(digits))
                rest = rest.dropFirst(digits.count)
            } else if character.isLetter || character == "_" {
                rest = rest.drop { $0.isLetter || $0.isNumber || $0 == "_" }
            } else {
                rest = rest.dropFirst()
            }
        }
        return found
    }
}
