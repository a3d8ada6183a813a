/// Untrusted text in Markdown (CommonMark 0.31): it is shown, and never means anything.
package enum Markdown {
    /// Text within a line: no markup, no links, no mentions, no line breaks.
    package static func line(_ text: String, limit: Int = 500) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count >= limit {
                result += "…"
                break
            }
            count += 1
            switch scalar {
            case "\n", "\r", "\t", "\u{2028}", "\u{2029}": result += " "
            case _ where isHidden(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            // A zero-width joiner would hide; a space after it ends a mention or an issue number.
            case "@", "#": result += "\\\(scalar)\u{200B}"
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "<", ">", "+", "-", "!", "|",
                "~",
                "&":
                result += "\\\(scalar)"
            case ":": result += ":\u{200B}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A code span that nothing inside can end.
    package static func code(_ text: String, limit: Int = 300) -> String {
        let plain = visible(text.filter { !$0.isNewline }, limit: limit)
        let fence = String(repeating: "`", count: longestRun(in: plain) + 1)
        let pad = plain.hasPrefix("`") || plain.hasSuffix("`") || plain.isEmpty ? " " : ""
        return fence + pad + plain + pad + fence
    }

    /// A fenced block that nothing inside can end.
    package static func block(_ text: String, language: String = "", limit: Int = 12_000) -> String
    {
        let plain = visible(text, limit: limit)
        let fence = String(repeating: "`", count: max(3, longestRun(in: plain) + 1))
        return "\(fence)\(language)\n\(plain)\n\(fence)"
    }

    /// Control, bidirectional and invisible characters written out.
    private static func visible(_ text: String, limit: Int) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count >= limit {
                result += "\n… (shortened)"
                break
            }
            count += 1
            if scalar == "\n" || scalar == "\t" || !isHidden(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar != "\r" {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }

    private static func longestRun(in text: String) -> Int {
        var (longest, run) = (0, 0)
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
