extension StringProtocol {
    /// Without white space at either end.
    var trimmedSpace: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// Up to the first line break; `nil` when that is nothing.
    var firstLine: String? {
        let line = prefix { !$0.isNewline }
        return line.isEmpty ? nil : String(line)
    }

    /// What follows `prefix`, where it begins with it.
    func after(_ prefix: String) -> SubSequence? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}

extension BidirectionalCollection<Character> where SubSequence: StringProtocol {
    /// The last place of a text in this one.
    func lastRange(of other: String) -> Range<Index>? {
        var found: Range<Index>?
        var rest = self[...]
        while let range = rest.firstRange(of: other) {
            found = range
            rest = self[range.upperBound...]
        }
        return found
    }
}
