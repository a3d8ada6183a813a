/// Finds brackets, commas and operators in source text, passing over strings and comments. Enough
/// for copying a test under another name; it does not parse.
struct CodeScanner {
    let language: SourceLanguage
    let bytes: [UInt8]

    init(_ text: String, language: SourceLanguage) {
        self.language = language
        bytes = Array(text.utf8)
    }

    /// The index after a string or comment that begins at `index`, or `nil` when none does.
    func afterStringOrComment(at index: Int) -> Int? {
        let byte = bytes[index]
        if starts(with: language.lineComment, at: index) {
            return bytes[index...].firstIndex(of: 10) ?? bytes.count
        }
        if language != .python, starts(with: "/*", at: index) {
            return find("*/", from: index + 2).map { $0 + 2 } ?? bytes.count
        }
        guard language.quotes.contains(byte) else { return nil }
        if language == .rust, byte == UInt8(ascii: "'"), !isRustCharacter(at: index) { return nil }
        let triple = [byte, byte, byte]
        if language.hasTripleQuotes, bytes[index...].starts(with: triple) {
            return find(String(decoding: triple, as: UTF8.self), from: index + 3).map { $0 + 3 }
                ?? bytes.count
        }
        var next = index + 1
        while next < bytes.count, bytes[next] != byte {
            next += bytes[next] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(next + 1, bytes.count)
    }

    /// The index of the bracket that closes the one at `open`.
    func closing(of open: Int) -> Int? {
        var depth = 0
        var index = open
        while index < bytes.count {
            if let next = afterStringOrComment(at: index) {
                index = next
                continue
            }
            if Self.opens(bytes[index]) { depth += 1 }
            if Self.closes(bytes[index]) {
                depth -= 1
                if depth == 0 { return index }
            }
            index += 1
        }
        return nil
    }

    /// Where each code byte of a range lies outside strings and comments, with the depth of
    /// brackets there, counted from 0 at the range's start.
    func codePositions(in range: Range<Int>, _ body: (_ index: Int, _ depth: Int) -> Void) {
        var depth = 0
        var index = range.lowerBound
        while index < range.upperBound {
            if let next = afterStringOrComment(at: index) {
                body(index, depth)
                index = next
                continue
            }
            if Self.closes(bytes[index]) { depth -= 1 }
            body(index, depth)
            if Self.opens(bytes[index]) { depth += 1 }
            index += 1
        }
    }

    /// The pieces of a range between top-level occurrences of a separator.
    func split(_ range: Range<Int>, by separator: String) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = range.lowerBound
        codePositions(in: range) { index, depth in
            if depth == 0, index >= start, starts(with: separator, at: index) {
                pieces.append(start..<index)
                start = index + separator.utf8.count
            }
        }
        pieces.append(start..<max(start, range.upperBound))
        return pieces
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func starts(with text: String, at index: Int) -> Bool {
        index >= 0 && index < bytes.count && bytes[index...].starts(with: text.utf8)
    }

    func find(_ text: String, from start: Int) -> Int? {
        guard start < bytes.count, let first = text.utf8.first else { return nil }
        var index = start
        while let found = bytes[index...].firstIndex(of: first) {
            if starts(with: text, at: found) { return found }
            index = found + 1
        }
        return nil
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 95: true
        default: byte >= 128
        }
    }

    private static func opens(_ byte: UInt8) -> Bool { byte == 40 || byte == 91 || byte == 123 }
    private static func closes(_ byte: UInt8) -> Bool { byte == 41 || byte == 93 || byte == 125 }

    /// `'x'` and `'\n'`, but not the lifetime `'a`.
    private func isRustCharacter(at index: Int) -> Bool {
        let rest = bytes[index...].prefix(8)
        guard rest.count > 2 else { return false }
        let second = rest[rest.startIndex + 1]
        return second == UInt8(ascii: "\\") || rest[rest.startIndex + 2] == UInt8(ascii: "'")
            || second >= 128
    }
}

/// Languages in which tests can be copied.
enum SourceLanguage: Sendable, Equatable {
    case python, javaScript, go, rust, java, swift

    var lineComment: String { self == .python ? "#" : "//" }

    var quotes: [UInt8] {
        switch self {
        case .python, .rust, .java: Array("\"'".utf8)
        case .javaScript, .go: Array("\"'`".utf8)
        case .swift: Array("\"".utf8)
        }
    }

    var hasTripleQuotes: Bool { self == .python || self == .swift || self == .java }
}
