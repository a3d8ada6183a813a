/// Every language that the census can read, sorted by file name.
package enum LanguageCatalog {
    package static let all: [LanguageProfile] = [
        .bash,
        .c,
        .cpp,
        .csharp,
        .go,
        .java,
        .javascript,
        .kotlin,
        .php,
        .python,
        .ruby,
        .rust,
        .swift,
        .tsx,
        .typescript,
    ]

    private static let byExtension: [String: LanguageProfile] = Dictionary(
        all.flatMap { profile in profile.extensions.map { ($0, profile) } },
        uniquingKeysWith: { first, _ in first })

    /// The language of a file by its name, or by its `#!` line where the name says nothing.
    package static func profile(path: String, head: [UInt8] = []) -> LanguageProfile? {
        let base = path.split(separator: "/").last ?? ""
        if let dot = base.lastIndex(of: "."), dot != base.startIndex {
            return byExtension[base[base.index(after: dot)...].lowercased()]
        }
        guard head.starts(with: [0x23, 0x21]) else { return nil }
        let line = String(decoding: head.prefix(200).prefix { $0 != 0x0A }, as: UTF8.self)
        let words = line.split { $0 == " " || $0 == "/" || $0 == "!" || $0 == "\r" }
        return all.first { profile in
            profile.interpreters.contains { name in
                words.contains {
                    $0 == name
                        || ($0.hasPrefix(name)
                            && $0.dropFirst(name.count).allSatisfy { "0123456789.".contains($0) })
                }
            }
        }
    }

    package static func profile(of language: SyntaxLanguage) -> LanguageProfile? {
        all.first { $0.language == language }
    }
}

extension LanguageProfile {
    /// Whether the usual runners of the language collect tests from this path.
    package func collects(_ path: String) -> Bool {
        tests.collected.contains { $0.matches(path) }
    }

    /// Whether a file at this path may hold tests at all.
    package func mayHoldTests(_ path: String) -> Bool {
        collects(path) || tests.directories.contains { PathPattern.directory($0).matches(path) }
    }
}
