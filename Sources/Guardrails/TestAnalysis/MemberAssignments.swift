internal import SourceSyntax

/// Names that are given to a module or a class by assignment, as in `exports.flatten = ...` and
/// `app.prototype.use = ...`: declarations that the grammar sees as expressions.
enum MemberAssignments {
    private static let languages: Set<SyntaxLanguage> = [.javascript, .typescript, .tsx]
    private static let lineBytesMax = 400

    /// Names assigned on the removed lines of a file and not on its added ones.
    static func removed(from file: ChangedFile) -> Set<String> {
        guard let profile = LanguageCatalog.profile(path: file.path),
            languages.contains(profile.language), let base = file.base.text
        else { return [] }
        let gone = Set(file.hunks.flatMap { $0.base.compactMap { name(base, $0) } })
        guard !gone.isEmpty, let head = file.head.text else { return gone }
        return gone.subtracting(file.hunks.flatMap { $0.head.compactMap { name(head, $0) } })
    }

    private static func name(_ text: FileText, _ line: Int) -> String? {
        let bytes = text.line(line)
        guard bytes.count < lineBytesMax, bytes.contains(UInt8(ascii: "=")) else { return nil }
        let sides = String(decoding: bytes, as: UTF8.self).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[1].hasPrefix("=") else { return nil }
        let path = sides[0].split(separator: ".").map {
            $0.drop { $0 == " " || $0 == "\t" }
        }
        let isExport = path.first.map { $0 == "exports" || $0 == "module" } ?? false
        let isFunction = ["function", "(", "async"].contains {
            sides[1].drop { $0 == " " }.hasPrefix($0)
        }
        guard path.count > 1, isExport || path.contains("prototype") || isFunction,
            let last = path.last
        else { return nil }
        let name = last.prefix { $0 != " " }
        let isName = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
        return isName && name.count > 2 && name != "exports" ? String(name) : nil
    }
}
