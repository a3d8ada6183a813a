/// Names of the branches that Drydock may push to: its own prefix, nothing else.
package struct BranchName: Sendable, Equatable, CustomStringConvertible {
    package static let prefix = "drydock/"

    package let description: String

    /// The branch of an incident: always the same one, so that there is only ever one.
    package init(incident: String) {
        let slug = incident.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        description = Self.prefix + "heal-" + String(slug.prefix(60))
    }

    /// - Throws: `ForgeError` for a name outside of the prefix, or one that git does not take
    ///   (git-check-ref-format(1)).
    package init(_ text: String) throws(ForgeError) {
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
        }
        guard text.hasPrefix(Self.prefix), isPlain, !text.contains("//"), !text.hasSuffix("/"),
            text.utf8.count <= 100
        else {
            throw ForgeError(
                operation: "naming a branch", subject: text,
                reason: "only branches under \(Self.prefix) are Drydock's",
                remedy: "Nothing else is ever pushed to, a default branch least of all")
        }
        description = text
    }
}
