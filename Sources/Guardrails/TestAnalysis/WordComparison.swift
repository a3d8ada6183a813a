internal import SourceSyntax

/// The poor relation of a census, for languages without a grammar and files past the parser's
/// bounds: words are counted on changed lines.
struct WordComparison: Sendable {
    let path: String
    let isDeleted: Bool
    let assertionsRemoved: Int
    let assertionsAdded: Int
    let testsRemoved: Int
    let testsAdded: Int
    /// First added line with a word that skips, 1-based.
    let skipLine: Int?
    /// Why there is no census, for the finding.
    let reason: String
    /// Whether a bound of the parser was reached, rather than the language being unknown.
    let isOverBounds: Bool

    private static let assertions = ["assert", "expect", "should", "verify", "require", "is("]
    private static let tests = ["test", "it(", "describe", "scenario", "specify"]
    private static let skips = ["skip", "xfail", "ignore", "disabled", "pending", "xit("]

    init(_ file: ChangedFile, because failure: ParseFailure?) {
        path = file.path
        isDeleted = file.new == nil
        isOverBounds = failure != nil
        reason = failure?.description ?? "no grammar for this language"
        let removed = file.removedLines.compactMap {
            file.base.text?.string(ofLine: $0).lowercased()
        }
        let added = file.addedLines.compactMap { file.head.text?.string(ofLine: $0).lowercased() }
        assertionsRemoved = Self.count(removed, Self.assertions)
        assertionsAdded = Self.count(added, Self.assertions)
        testsRemoved = Self.count(removed, Self.tests)
        testsAdded = Self.count(added, Self.tests)
        skipLine = file.addedLines.first { line in
            guard let text = file.head.text?.string(ofLine: line).lowercased() else { return false }
            return Self.skips.contains { text.contains($0) }
        }
    }

    private static func count(_ lines: [String], _ words: [String]) -> Int {
        lines.count { line in words.contains { line.contains($0) } }
    }
}
