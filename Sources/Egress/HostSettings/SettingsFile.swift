/// Lines of `key = value` in sections, as pip, npm, git and cargo write them. What such files hold
/// beyond that is of no interest here, so what is not understood is passed over.
struct SettingsFile {
    struct Entry {
        var section: String
        var key: String
        var value: String
    }

    private(set) var entries: [Entry] = []

    init(_ text: String) {
        var section = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let isContinuation = line.first == " " || line.first == "\t"
            let trimmed = Self.trim(line)
            guard let first = trimmed.first, first != "#", first != ";" else { continue }
            if first == "[", let end = trimmed.lastIndex(of: "]") {
                section = String(trimmed[trimmed.index(after: trimmed.startIndex)..<end])
            } else if let sign = trimmed.firstIndex(of: "="), !isContinuation || section != "global"
            {
                entries.append(
                    Entry(
                        section: section, key: String(Self.trim(trimmed[..<sign])),
                        value: Self.unquoted(trimmed[trimmed.index(after: sign)...])))
            } else if isContinuation, !entries.isEmpty {
                entries[entries.count - 1].value += " " + trimmed
            }
        }
    }

    func values(_ key: String, in sections: Set<String>? = nil) -> [String] {
        entries.filter { entry in
            entry.key.lowercased() == key && (sections?.contains(entry.section) ?? true)
        }
        .map(\.value)
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text.drop { $0.isWhitespace }
    }

    private static func unquoted(_ text: Substring) -> String {
        let text = trim(text)
        guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'",
            text.last == quote
        else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}
