internal import PolicyFiles
internal import RunModel
internal import SourceSyntax

/// Makes rules of the `custom` entries of a policy.
extension PolicyComposer {
    func customRule(
        _ entry: PolicyDocument.CustomRuleEntry
    ) throws(PolicyFileError) -> CustomRule {
        guard !RuleCatalog.all.contains(where: { $0.metadata.id == entry.id }) else {
            throw problem("custom.id", "\(entry.id) is a built-in rule", "choose another id")
        }
        guard entry.id.utf8.allSatisfy(Self.isIdentifierByte), !entry.id.isEmpty else {
            throw problem(
                "custom.id", "\"\(entry.id.prefix(80))\" is not an id",
                "use lower-case letters, digits and hyphens")
        }
        let ignoresCase = entry.ignoreCase ?? false
        var patterns: [ContentPattern] = []
        for (side, expressions) in [(TreeSide.head, entry.added), (.base, entry.removed)] {
            for expression in expressions ?? [] {
                patterns.append(
                    ContentPattern(expression, ignoresCase: ignoresCase, side: side))
            }
        }
        for pattern in patterns {
            if let objection = PatternCost.objection(to: pattern.expression) {
                throw problem(
                    "custom.\(entry.id)",
                    "the pattern \(pattern.expression.prefix(80)) \(objection)", "simplify it")
            }
            do throws(PatternError) {
                _ = try PatternDatabase.compile([
                    .init(text: pattern.expression, ignoresCase: ignoresCase)
                ])
            } catch {
                throw problem(
                    "custom.\(entry.id)", "\(error)", "see the pattern syntax of Hyperscan")
            }
        }
        return CustomRule(
            metadata: RuleMetadata(
                id: entry.id, category: .custom, severity: entry.severity ?? .medium,
                action: entry.action, title: entry.title,
                rationale: entry.rationale ?? "This repository's policy asks for it.",
                remedy: entry.remedy ?? "See the policy."),
            examples: (entry.examples ?? []).map(Self.example), patterns: patterns,
            paths: try globs(entry.paths ?? [], entry: "custom.\(entry.id).paths"),
            forbidsChange: entry.forbidChange ?? false, linesAddedLimit: entry.maxLinesAdded,
            linesRemovedLimit: entry.maxLinesRemoved,
            fileBytesLimit: entry.maxFileBytes.map { Int(clamping: $0.bytes) },
            queries: try queries(entry))
    }

    private func queries(
        _ entry: PolicyDocument.CustomRuleEntry
    ) throws(PolicyFileError) -> [CustomQuery] {
        var queries: [CustomQuery] = []
        for query in entry.queries ?? [] {
            var languages: [SyntaxLanguage] = []
            for name in query.languages { languages.append(try language(name, in: entry)) }
            guard !languages.isEmpty else {
                throw problem(
                    "custom.\(entry.id).queries.languages", "is empty",
                    "name the languages that the query is for")
            }
            do throws(CustomQueryError) {
                queries.append(
                    try CustomQuery(
                        query.query, languages: languages,
                        side: query.side == .removed ? .base : .head))
            } catch {
                throw problem(
                    "custom.\(entry.id).queries", "the query \(error)",
                    "see tree-sitter's query syntax and the grammar's node types")
            }
        }
        return queries
    }

    private func language(
        _ name: String, in entry: PolicyDocument.CustomRuleEntry
    ) throws(PolicyFileError) -> SyntaxLanguage {
        if let language = SyntaxLanguage(rawValue: name) { return language }
        let known = SyntaxLanguage.allCases.map(\.rawValue)
        throw problem(
            "custom.\(entry.id).queries.languages", "unknown language \"\(name.prefix(40))\"",
            nearestName(to: name, among: known).map { "did you mean \($0)?" }
                ?? "known: \(known.joined(separator: ", "))")
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func example(_ entry: PolicyDocument.ExampleEntry) -> RuleExample {
        let base = (entry.base ?? [:]).mapValues { ExampleFile(stringLiteral: $0) }
        let head = (entry.head ?? [:]).mapValues { ExampleFile(stringLiteral: $0) }
        return switch entry.expect {
        case .violating: .violating(entry.summary, base: base, head: head)
        case .clean: .clean(entry.summary, base: base, head: head)
        }
    }
}
