internal import PolicyFiles
internal import RunModel

/// Lays one policy document over what those before it said.
///
/// Actions and bounds replace, scope replaces, protected paths and custom rules add up; where two
/// entries protect a path, the sterner one counts.
struct PolicyComposer {
    /// The file that errors name.
    let file: String

    func apply(_ document: PolicyDocument, to policy: inout GatePolicy) throws(PolicyFileError) {
        for entry in document.custom ?? [] { policy.customRules.append(try customRule(entry)) }
        let known = RuleCatalog.all.map(\.metadata.id) + policy.customRules.map(\.metadata.id)
        for (rule, action) in document.rules ?? [:] {
            try check(rule, in: known, entry: "rules")
            policy.actions[rule] = action
        }
        if let action = document.possibleFindings { policy.possibleFindings = action }
        if let scope = document.scope {
            policy.scope = try globs(scope, entry: "scope")
        }
        for entry in document.protected ?? [] {
            policy.protectedPaths.append(
                ProtectedPaths(
                    globs: try globs(entry.paths, entry: "protected.paths"), action: entry.action,
                    reason: entry.reason))
        }
        if let bounds = document.bounds { apply(bounds, to: &policy.bounds) }
        for entry in document.suppressions ?? [] {
            try check(entry.rule, in: known, entry: "suppressions.rule")
            policy.suppressions.append(try suppression(entry))
        }
    }

    private func apply(_ entry: PolicyDocument.BoundsEntry, to bounds: inout SizeBounds) {
        if let files = entry.files { bounds.files = files }
        if let lines = entry.linesAdded { bounds.linesAdded = lines }
        if let lines = entry.linesRemoved { bounds.linesRemoved = lines }
        if let size = entry.bytesAdded { bounds.bytesAdded = Int(clamping: size.bytes) }
    }

    private func check(
        _ rule: String, in known: [String], entry: String
    ) throws(PolicyFileError) {
        guard !known.contains(rule) else { return }
        throw problem(
            entry, "unknown rule \"\(rule.prefix(80))\"",
            nearestName(to: rule, among: known).map { "did you mean \($0)?" }
                ?? "see docs/rules for the rules")
    }

    private func suppression(
        _ entry: PolicyDocument.SuppressionEntry
    ) throws(PolicyFileError) -> Suppression {
        guard entry.path != nil || entry.fingerprint != nil else {
            throw problem(
                "suppressions", "an entry for \(entry.rule) names neither path nor fingerprint",
                "say what it accepts; to switch a rule off write it under rules")
        }
        guard !entry.reason.allSatisfy(\.isWhitespace) else {
            throw problem("suppressions.reason", "is empty", "say why this is acceptable")
        }
        guard CalendarDay(entry.expires) != nil else {
            throw problem(
                "suppressions.expires", "\"\(entry.expires.prefix(40))\" is not a day",
                "write YYYY-MM-DD")
        }
        return Suppression(
            rule: entry.rule,
            path: try entry.path.map { path throws(PolicyFileError) in
                try glob(path, entry: "suppressions.path")
            },
            fingerprint: entry.fingerprint, reason: entry.reason, expires: entry.expires)
    }

    private func customRule(
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
            forbidsChange: entry.forbidChange ?? false, linesAddedLimit: entry.maxLinesAdded)
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

    private func globs(
        _ patterns: [String], entry: String
    ) throws(PolicyFileError) -> [PathGlob] {
        var result: [PathGlob] = []
        for pattern in patterns { result.append(try glob(pattern, entry: entry)) }
        return result
    }

    private func glob(_ pattern: String, entry: String) throws(PolicyFileError) -> PathGlob {
        guard let glob = PathGlob(pattern) else {
            throw problem(
                entry, "\"\(pattern.prefix(80))\" is not a path pattern",
                "close every [ and {, at most 256 alternatives")
        }
        return glob
    }

    private func problem(
        _ entry: String, _ problem: String, _ remedy: String
    ) -> PolicyFileError {
        PolicyFileError(file: file, location: nil, entry: entry, problem: problem, remedy: remedy)
    }
}
