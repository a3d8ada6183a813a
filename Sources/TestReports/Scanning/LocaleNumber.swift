/// Numbers as runners write them in the locale of their machine: `0.5`, `0,5`, `1,234.5`, `1.234,5`.
enum LocaleNumber {
    /// - Returns: `nil` for anything that is not one finite number.
    static func parse(_ text: some StringProtocol) -> Double? {
        if let plain = Double(text) { return plain.isFinite ? plain : nil }
        let trimmed = String(text.filter { !$0.isWhitespace && $0 != "'" && $0 != "_" })
        guard !trimmed.isEmpty, trimmed.utf8.count <= 40 else { return nil }
        let commas = trimmed.count { $0 == "," }
        let points = trimmed.count { $0 == "." }
        let decimal: Character?
        if commas > 0, points > 0 {
            decimal = trimmed.last { $0 == "," || $0 == "." }
        } else if commas == 1 {
            decimal = isThousands(trimmed) ? nil : ","
        } else {
            decimal = points == 1 ? "." : nil
        }
        let plain = String(
            trimmed.compactMap { character -> Character? in
                if character == decimal { return "." }
                return character == "," || character == "." ? nil : character
            })
        guard let value = Double(plain), value.isFinite else { return nil }
        return value
    }

    /// The usual case without any allocation: digits with at most one point.
    ///
    /// - Returns: `nil` for everything else, which `parse` may still understand.
    static func parsePlain(_ bytes: Span<UInt8>) -> Double? {
        guard !bytes.isEmpty, bytes.count <= 15 else { return nil }
        var digits = 0
        var scale = 1
        var isFraction = false
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits = digits * 10 + Int(bytes[index] - UInt8(ascii: "0"))
                if isFraction { scale *= 10 }
            case UInt8(ascii: ".") where !isFraction:
                isFraction = true
            default:
                return nil
            }
        }
        return Double(digits) / Double(scale)
    }

    /// `1,234` is a thousand and more (Surefire), `0,123` and `1,5` are fractions.
    private static func isThousands(_ text: String) -> Bool {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1].count == 3 && parts[0] != "0" && !parts[0].isEmpty
    }
}
