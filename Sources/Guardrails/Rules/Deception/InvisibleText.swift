/// Names characters that cannot be seen.
package enum InvisibleText {
    /// The text with format, control and private characters written as `<U+XXXX>`.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                result += named(scalar)
            case .control where scalar != "\t":
                result += named(scalar)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func named(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>"
    }
}
