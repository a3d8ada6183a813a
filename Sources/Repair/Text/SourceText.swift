/// A text file as lines without their line feeds; carriage returns stay part of the line.
package struct SourceText: Sendable, Equatable {
    package var lines: [String]
    package var endsWithNewline: Bool

    package init(lines: [String], endsWithNewline: Bool = true) {
        self.lines = lines
        self.endsWithNewline = endsWithNewline
    }

    /// `nil` for what is not UTF-8 or holds a zero byte.
    package init?(bytes: [UInt8]) {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        self.init(text)
    }

    package init(_ text: String) {
        endsWithNewline = text.utf8.last == UInt8(ascii: "\n")
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        if endsWithNewline || text.isEmpty { lines.removeLast() }
    }

    package var bytes: [UInt8] {
        var result: [UInt8] = []
        for (index, line) in lines.enumerated() {
            result += line.utf8
            if index + 1 < lines.count || endsWithNewline { result.append(UInt8(ascii: "\n")) }
        }
        return result
    }
}
