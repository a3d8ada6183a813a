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
                    newOrDeleted: entry.newOrDeleted, reason: entry.reason))
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

    func globs(
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

    func problem(
        _ entry: String, _ problem: String, _ remedy: String
    ) -> PolicyFileError {
        PolicyFileError(file: file, location: nil, entry: entry, problem: problem, remedy: remedy)
    }
}
