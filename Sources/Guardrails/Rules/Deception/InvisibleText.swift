/// Names characters that cannot be seen.
package enum InvisibleText {
    /// The text with format, control and private characters written as `<U+XXXX>`.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                result += named(scalar)
            case .control where scalar != "\t":
                result += named(scalar)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func named(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>"
    }
}

extension ContentCandidate {
    /// Whether the line is one that somebody reads: not a piece of an archive or a program, whose
    /// bytes look like any character now and then.
    ///
    /// What is read as text by its name stays text, or one NUL would switch the rules off.
    package var isReadable: Bool { !text.isBinary || Self.writings.accepts(file) }

    private static let writings = FileFilter.sourceCode.union(.shellLike).union(.terraform).union(
        FileFilter(
            extensions: [
                "md", "mdx", "markdown", "rst", "adoc", "txt", "json", "toml", "ini", "cfg", "xml",
                "html", "svg", "css",
            ],
            traits: [.agentInstructions, .continuousIntegration, .manifest, .lockFile, .build]))
}
