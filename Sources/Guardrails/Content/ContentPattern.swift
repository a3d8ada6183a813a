/// An expression to look for in changed lines.
package struct ContentPattern: Sendable {
    /// What makes a match count as "the base had it already".
    package enum Identity: Sendable, Equatable {
        /// The lines that a hunk removed matched this pattern at least as often.
        case pattern
        /// The very text that was confirmed was removed somewhere in the change set.
        case text
    }

    /// Hyperscan's subset of PCRE; `^` and `$` match at lines, `.` never matches a newline. Write
    /// `[ \t]` for white space: `\s` and negated classes would cross lines.
    package var expression: String
    package var ignoresCase: Bool
    package var files: FileFilter
    /// `.head` for added lines, `.base` for removed ones.
    package var side: TreeSide
    package var identity: Identity
    package var certainty: FindingCertainty
    /// In files with one of these traits a match is only possible.
    package var possibleIn: PathTraits
    /// Whether a confirmed place is certain where `certainty` says that it is only possible; looks
    /// at the lines around it. Must take constant time.
    package var isCertain: @Sendable (ContentCandidate) -> Bool
    /// Looks at the line where the expression matched: the offending part, or `nil` if it is
    /// harmless. Must take time linear in the line.
    package var confirm: @Sendable (ContentCandidate) -> Range<Int>?
    /// How the confirmed text is printed.
    package var evidence: @Sendable (String) -> String

    package init(
        _ expression: String, ignoresCase: Bool = false, files: FileFilter = .any,
        side: TreeSide = .head, identity: Identity = .pattern,
        certainty: FindingCertainty = .certain, possibleIn: PathTraits = [],
        isCertain: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false },
        evidence: @escaping @Sendable (String) -> String = { $0 },
        confirm: @escaping @Sendable (ContentCandidate) -> Range<Int>? = { $0.wholeLine }
    ) {
        self.expression = expression
        self.ignoresCase = ignoresCase
        self.files = files
        self.side = side
        self.identity = identity
        self.certainty = certainty
        self.possibleIn = possibleIn
        self.isCertain = isCertain
        self.evidence = evidence
        self.confirm = confirm
    }
}

extension ContentPattern {
    /// A pattern for code: it says nothing about lines that are comments.
    package static func code(
        _ expression: String, ignoresCase: Bool = false, files: FileFilter,
        certainty: FindingCertainty = .certain
    ) -> ContentPattern {
        ContentPattern(
            expression, ignoresCase: ignoresCase, files: files, certainty: certainty,
            confirm: { $0.isComment ? nil : $0.wholeLine })
    }

    /// The certainty of a match.
    package func certainty(of candidate: ContentCandidate) -> FindingCertainty {
        guard candidate.file.traits.isDisjoint(with: possibleIn) else { return .possible }
        return certainty == .certain || isCertain(candidate) ? .certain : .possible
    }
}

/// A place where an expression matched, before confirmation.
package struct ContentCandidate: Sendable {
    package let file: ChangedFile
    package let side: TreeSide
    package let text: FileText
    /// 1-based.
    package let line: Int
    /// Byte offsets in the file of what may be looked at: the line, or of a very long line the
    /// neighbourhood of the match.
    package let window: Range<Int>
    /// Byte offset in the file just after the match.
    package let end: Int

    package var wholeLine: Range<Int> { window }
    package var bytes: ArraySlice<UInt8> { text.bytes[window] }
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// What precedes the end of the match on its line.
    package var before: ArraySlice<UInt8> { text.bytes[window.lowerBound..<end] }
    /// What follows the match on its line.
    package var after: ArraySlice<UInt8> { text.bytes[end..<window.upperBound] }

    /// The lines around the match, it included, each at most 400 bytes long.
    package func lines(_ offsets: ClosedRange<Int>) -> [String] {
        offsets.compactMap { offset in
            let number = line + offset
            guard (1...text.lineCount).contains(number) else { return nil }
            return String(decoding: text.line(number).prefix(400), as: UTF8.self)
        }
    }

    /// Whether the line, apart from its indentation, begins with one of these.
    package func lineStarts(with prefixes: String...) -> Bool {
        let line = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        return prefixes.contains { line.starts(with: $0.utf8) }
    }

    /// Whether the whole line is a comment in the file's language.
    package var isComment: Bool {
        let fileExtension = PathName(file.path).fileExtension
        if FileFilter.slashCommented.extensions.contains(fileExtension) {
            return lineStarts(with: "//", "/*", "* ")
        }
        if fileExtension == "html" || fileExtension == "xml" { return lineStarts(with: "<!--") }
        return lineStarts(with: "#")
    }
}

/// A confirmed match.
package struct ContentMatch: Sendable {
    package let file: ChangedFile
    package let side: TreeSide
    /// 1-based, in `side`'s version.
    package let line: Int
    /// Index in the rule's `patterns`.
    package let pattern: Int
    /// Byte offsets of the confirmed text in the file.
    package let range: Range<Int>
    /// The confirmed text as it may be printed.
    package let evidence: String
    package let certainty: FindingCertainty
}
