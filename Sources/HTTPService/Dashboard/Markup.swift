/// HTML that is safe by construction: text is escaped when it becomes markup.
struct Markup: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup itself.
    let description: String

    init(stringLiteral value: String) { description = value }
    init(stringInterpolation: Interpolation) { description = stringInterpolation.text }
    init(joining parts: some Sequence<Markup>, separator: String = "\n") {
        description = parts.map(\.description).joined(separator: separator)
    }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        /// Text of anybody's.
        mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
        mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        mutating func appendInterpolation(_ value: Markup) { text += value.description }
    }

    static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            // Controls but for line feed and tab: terminals' escapes mean nothing here.
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": text += "\u{fffd}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
