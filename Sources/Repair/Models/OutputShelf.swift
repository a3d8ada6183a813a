/// Outputs that are too long for a conversation: kept whole, shown in part, found again by page
/// or by words.
struct OutputShelf: Sendable {
    static let shownCharacters = 6_000
    static let pageCharacters = 6_000
    /// One output; more of it is not kept.
    private static let keptCharacters = 2_000_000

    private var texts: [String: String] = [:]

    /// The text, or its head and tail and how to get the rest.
    mutating func shown(_ text: String) -> String {
        guard text.count > Self.shownCharacters else { return text }
        let id = "o\(texts.count + 1)"
        texts[id] = String(text.prefix(Self.keptCharacters))
        let half = Self.shownCharacters / 2
        let left = text.count - 2 * half
        return text.prefix(half)
            + "\n[\(left) characters left out; `output` with id \"\(id)\" shows them by offset or "
            + "by query]\n" + text.suffix(half)
    }

    /// A page of an output, or the lines around each place that has `query`.
    func page(_ id: String, offset: Int, query: String?) -> String? {
        guard let text = texts[id] else { return nil }
        guard let query, !query.isEmpty else {
            let page = text.dropFirst(max(0, offset)).prefix(Self.pageCharacters)
            return "characters \(offset) to \(offset + page.count) of \(text.count):\n\(page)"
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var shown: [String] = []
        var last = -1
        for (number, line) in lines.enumerated() where line.contains(query) {
            for near in max(last + 1, number - 4)...min(lines.count - 1, number + 6) {
                shown.append("\(near + 1): \(lines[near].prefix(400))")
                last = near
            }
            guard shown.count < 120 else { break }
        }
        return shown.isEmpty ? "no line has \"\(query)\"" : shown.joined(separator: "\n")
    }

    var ids: [String] { texts.keys.sorted() }
}
