internal import RunModel
internal import SourceSyntax

/// A tree-sitter query of a custom rule, compiled for each of its languages.
struct CustomQuery: Sendable {
    /// `.head` for what a change brings, `.base` for what it takes away.
    var side: TreeSide
    private var compiled: [SyntaxLanguage: Compiled] = [:]

    private struct Compiled: Sendable {
        var query: SyntaxQuery
        /// One per `#match?` condition.
        var expressions: [PatternDatabase]
    }

    /// - Throws: `CustomQueryError` that says what is not understood, in which language.
    init(
        _ text: String, languages: [SyntaxLanguage], side: TreeSide
    ) throws(CustomQueryError) {
        self.side = side
        for language in languages {
            do throws(any Error) {
                let query = try SyntaxQuery(text, language: language)
                var expressions: [PatternDatabase] = []
                for expression in query.expressions {
                    if let objection = PatternCost.objection(to: expression) {
                        throw SyntaxQueryError(
                            reason: "the expression \(expression.prefix(80)) \(objection)")
                    }
                    expressions.append(
                        try PatternDatabase.compile([
                            .init(text: expression, ignoresCase: false)
                        ]))
                }
                compiled[language] = Compiled(query: query, expressions: expressions)
            } catch {
                throw CustomQueryError(reason: "for \(language.rawValue): \(error)")
            }
        }
    }

    /// A match, with its text without white space: what makes it the same elsewhere.
    struct Match {
        var lines: ClosedRange<Int>
        var identity: [UInt8]
    }

    /// - Returns: `nil` when the query is not for this file's language.
    func matches(
        in text: FileText, path: String
    ) throws(SyntaxQueryFailure) -> [Match]? {
        guard
            let profile = LanguageCatalog.profile(path: path, head: Array(text.bytes.prefix(80))),
            let entry = compiled[profile.language], !text.isBinary
        else { return nil }
        var hits: [PatternDatabase.Hit] = []
        let found = try entry.query.matches(in: text.bytes) { index, range in
            let database = entry.expressions[index]
            guard let scratch = database.makeScratch() else { return false }
            hits.removeAll(keepingCapacity: true)
            _ = database.scan(text.bytes, range, scratch: scratch, hitLimit: 1, into: &hits)
            return !hits.isEmpty
        }
        return found.map { match in
            Match(lines: match.lines, identity: text.bytes[match.range].filter { $0 > 0x20 })
        }
    }
}

/// What is wrong with a query of a policy.
struct CustomQueryError: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}

extension CustomRule {
    /// Reports matches that the change brings (or takes away): those on changed lines whose text the
    /// other side does not have as often.
    func evaluate(
        _ query: CustomQuery, over change: ChangeSetView, into findings: inout FindingCollector
    ) {
        let files = change.files.filter(covers)
        var other: [[UInt8]: Int] = [:]
        var candidates: [(file: ChangedFile, match: CustomQuery.Match)] = []
        for file in files {
            candidates += matches(of: query, in: file, on: query.side, into: &findings)
                .map { (file, $0) }
        }
        guard !candidates.isEmpty else { return }
        let otherSide: TreeSide = query.side == .head ? .base : .head
        for file in files {
            for match in matches(of: query, in: file, on: otherSide, into: &findings) {
                other[match.identity, default: 0] += 1
            }
        }
        // Those on unchanged lines pair up first: they are the same place.
        let ordered =
            candidates.filter { !Self.isChanged($0.match, in: $0.file, query.side) }
            + candidates.filter { Self.isChanged($0.match, in: $0.file, query.side) }
        for (file, match) in ordered {
            if let count = other[match.identity], count > 0 {
                other[match.identity] = count - 1
                continue
            }
            guard Self.isChanged(match, in: file, query.side) else { continue }
            findings.add(file, at: .line(match.lines.lowerBound, query.side), metadata.title)
        }
    }

    private func matches(
        of query: CustomQuery, in file: ChangedFile, on side: TreeSide,
        into findings: inout FindingCollector
    ) -> [CustomQuery.Match] {
        guard let text = file.text(on: side), let path = file.file(on: side)?.path else {
            return []
        }
        do throws(SyntaxQueryFailure) {
            return try query.matches(in: text, path: path) ?? []
        } catch {
            // What a query could not judge is not known to be harmless.
            findings.add(
                file, at: .wholeFile, "\(metadata.title): not judged, \(error)", action: .block)
            return []
        }
    }

    private static func isChanged(
        _ match: CustomQuery.Match, in file: ChangedFile, _ side: TreeSide
    ) -> Bool {
        file.hunks.contains { hunk in
            (side == .base ? hunk.base : hunk.head).overlaps(match.lines)
        }
    }
}
