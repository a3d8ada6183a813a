/// Changes an expected value in source text so that a comparison with it must fail.
enum ExpectedValue {
    /// The literal with another value, or `nil` when the text is not one literal.
    static func changed(_ text: String, language: SourceLanguage) -> String? {
        let text = text.trimmed
        let opposites = ["true": "false", "false": "true", "True": "False", "False": "True"]
        if let opposite = opposites[text] { return opposite }
        if ["None", "null", "undefined"].contains(text) {
            return language == .python
                ? #""another value""# : language == .javaScript ? "7919" : nil
        }
        if isNumber(text) { return bumped(text) }
        return changedString(text, language: language)
    }

    /// Any expression as part of a value that nothing else equals; `nil` where types forbid it.
    static func wrapped(_ text: String, language: SourceLanguage) -> String? {
        switch language {
        case .python: #"("another value", "# + text.trimmed + ")"
        case .javaScript: #"["another value", "# + text.trimmed + "]"
        case .go, .rust, .java, .swift: nil
        }
    }

    /// A value that was made just now and equals nothing that compares honestly.
    static func fresh(language: SourceLanguage) -> String? {
        switch language {
        case .python: "object()"
        case .javaScript: "Symbol('fresh')"
        case .go, .rust, .java, .swift: nil
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.first, first.isASCII, first.isNumber else { return false }
        return digits.allSatisfy { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
            && digits.count { $0 == "." } <= 1
    }

    /// The number with its first digit raised: far away from the old value, and in its type's range
    /// wherever one digit more would not be.
    private static func bumped(_ text: String) -> String {
        guard let index = text.firstIndex(where: \.isNumber),
            let digit = text[index].wholeNumberValue
        else { return text }
        let isLeadingZero = digit == 0 && text.distance(from: index, to: text.endIndex) > 1
        let new = digit == 9 ? 8 : digit + 1
        var result = text
        result.replaceSubrange(index...index, with: String(isLeadingZero ? 1 : new))
        return result
    }

    private static func changedString(_ text: String, language: SourceLanguage) -> String? {
        let scanner = CodeScanner(text, language: language)
        guard !scanner.bytes.isEmpty, language.quotes.contains(scanner.bytes[0]),
            scanner.afterStringOrComment(at: 0) == scanner.bytes.count, text.count >= 2
        else { return nil }
        // A character literal holds one character.
        if language == .rust || language == .java || language == .go, text.hasPrefix("'") {
            return text == "'q'" ? "'w'" : "'q'"
        }
        let quote = String(text.prefix(1))
        let isTriple = language.hasTripleQuotes && text.hasPrefix(quote + quote + quote)
        let length = isTriple ? 3 : 1
        return String(text.dropLast(length)) + "another" + String(text.suffix(length))
    }
}

extension String {
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
