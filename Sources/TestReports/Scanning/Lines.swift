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
