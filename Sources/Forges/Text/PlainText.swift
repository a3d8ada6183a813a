/// Untrusted text where no markup is read: titles, terminals, messages of errors.
package enum PlainText {
    /// One line without control, formatting and bidirectional characters.
    package static func line(_ text: String, limit: Int = 250) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: result += " "
            case .format, .privateUse, .surrogate, .unassigned: continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? result + "…" : result
    }

    /// A body within a forge's limit. It is cut before a heading, so that no block is left open,
    /// and keeps its last paragraph, which identifies it.
    package static func body(_ text: String, limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let last = text.ranges(of: "\n\n").last.map { text[$0.upperBound...] } ?? ""
        let room = limit - last.utf8.count - 100
        let head = String(decoding: text.utf8.prefix(max(0, room)), as: UTF8.self)
        let cut = head.ranges(of: "\n\n## ").last?.lowerBound ?? head.startIndex
        return head[..<cut] + "\n\n*The rest is too long for the forge.*\n\n" + last
    }
}
