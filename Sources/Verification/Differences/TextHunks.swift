internal import RunModel

/// The hunks between two versions of one text file, with three lines of context as `git diff -U3`
/// shows them, and the text that results when some of them are taken back.
struct TextHunks: Sendable {
    /// Changes that lie closer together than twice this share a hunk.
    static let context = 3

    private let old: [ArraySlice<UInt8>]
    private let new: [ArraySlice<UInt8>]
    /// The changes of each hunk, in order.
    private let groups: [[LineChange]]

    init(old: [UInt8], new: [UInt8]) {
        self.old = Self.lines(old)
        self.new = Self.lines(new)
        var groups: [[LineChange]] = []
        for change in EditScript.changes(from: self.old, to: self.new) {
            if let last = groups.last?.last,
                change.old.lowerBound - last.old.upperBound <= 2 * Self.context
            {
                groups[groups.count - 1].append(change)
            } else {
                groups.append([change])
            }
        }
        self.groups = groups
    }

    var count: Int { groups.count }

    /// The new text with the hunks of `reverted` (indices) taken back.
    func text(reverting reverted: Set<Int>) -> [UInt8] {
        var result: [UInt8] = []
        var next = 0
        for (index, group) in groups.enumerated() {
            for change in group {
                for line in new[next..<change.new.lowerBound] { result += line }
                let kept = reverted.contains(index) ? old[change.old] : new[change.new]
                for line in kept { result += line }
                next = change.new.upperBound
            }
        }
        for line in new[next...] { result += line }
        return result
    }

    func hunk(_ index: Int, path: String) -> TriageReport.Hunk {
        let changes = groups[index]
        guard let first = changes.first, let last = changes.last else {
            return TriageReport.Hunk(path: path, header: "", lines: [])
        }
        let before = min(Self.context, first.old.lowerBound)
        let after = min(Self.context, old.count - last.old.upperBound)
        let oldRange = first.old.lowerBound - before..<last.old.upperBound + after
        let newRange = first.new.lowerBound - before..<last.new.upperBound + after
        var lines: [String] = []
        var next = oldRange.lowerBound
        for change in changes {
            lines += old[next..<change.old.lowerBound].map { Self.text(" ", $0) }
            lines += old[change.old].map { Self.text("-", $0) }
            lines += new[change.new].map { Self.text("+", $0) }
            next = change.old.upperBound
        }
        lines += old[next..<oldRange.upperBound].map { Self.text(" ", $0) }
        return TriageReport.Hunk(
            path: path, header: "@@ -\(Self.span(oldRange)) +\(Self.span(newRange)) @@",
            lines: lines)
    }

    /// `start,count` as unified diffs write it: an empty range names the line before it.
    private static func span(_ range: Range<Int>) -> String {
        let start = range.isEmpty ? range.lowerBound : range.lowerBound + 1
        return range.count == 1 ? "\(start)" : "\(start),\(range.count)"
    }

    private static func text(_ mark: String, _ line: ArraySlice<UInt8>) -> String {
        let content = line.last == 10 ? line.dropLast() : line
        return mark + String(decoding: content, as: UTF8.self)
    }

    /// Lines with their terminators, so that joining them gives the text back.
    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (index, byte) in text.enumerated() where byte == 10 {
            lines.append(text[start...index])
            start = index + 1
        }
        if start < text.count { lines.append(text[start...]) }
        return lines
    }
}
