internal import Guardrails
internal import Repair
internal import RunModel

/// Repairs that leave in place what broke the tests and put answers beside it: a table of the tested
/// inputs, a condition on their lengths. Such a change passes every copy of the tests, and only
/// somebody who reads it knows whether it is meant.
enum SurvivingCause {
    /// What every other line holds.
    private static let commonLiterals: Set<String> = ["0", "1", "\"\""]
    /// Shorter statements stand everywhere.
    private static let statementLengthMin = 6

    /// The files of which a change keeps a cause and to which it adds values.
    static func paths(
        from base: String, to head: String, causes: [TriageReport.Hunk], trees: any TreeReader
    ) async throws -> [String] {
        let hunks = Dictionary(grouping: causes, by: \.path)
        var found: [String] = []
        for file in try await trees.difference(from: base, to: head) {
            guard let own = file.new.flatMap({ hunks[$0.path] })?.compactMap(Repair.LineHunk.init),
                let old = try await ProposalPatch.text(file.old, trees),
                let new = try await ProposalPatch.text(file.new, trees)
            else { continue }
            if isKept(own, from: old.lines, to: new.lines) { found.append(file.path) }
        }
        return found
    }

    private static func isKept(
        _ causes: [Repair.LineHunk], from old: [String], to new: [String]
    ) -> Bool {
        let kept = causes.contains { cause in
            let statements = cause.added.map(statement).filter {
                $0.count >= statementLengthMin
            }
            return !statements.isEmpty
                && statements.allSatisfy { statement in
                    old.contains { $0.contains(statement) }
                        && new.contains { $0.contains(statement) }
                }
        }
        guard kept else { return false }
        let change = Repair.LineHunk.hunks(from: old, to: new)
        // What the culprit took away, and what the change only moves, is no news.
        let known = literals(change.flatMap(\.removed) + causes.flatMap(\.removed))
        return !literals(change.flatMap(\.added)).subtracting(known)
            .isSubset(of: commonLiterals)
    }

    private static func literals(_ lines: [String]) -> Set<String> {
        Set(lines.flatMap(LineLiterals.of))
    }

    /// A line's statement, which may go on as a part of another one.
    private static func statement(_ line: String) -> String {
        var text = line[...].drop(while: \.isWhitespace)
        if text.hasPrefix("return ") { text = text.dropFirst("return ".count) }
        while let last = text.last, last.isWhitespace || ";:{".contains(last) {
            text = text.dropLast()
        }
        return String(text)
    }
}
