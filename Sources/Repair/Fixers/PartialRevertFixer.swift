internal import RunModel

/// Takes the minimal causal hunks of the culprit back out, and nothing else of it.
///
/// When that was tried and did not hold, the files' other hunks go with them; beyond that lies
/// `RevertFixer`. The fallback of SapFix (ICSE-SEIP 2019), with hunks found by delta debugging.
package struct PartialRevertFixer: Fixer {
    package let name = "partial-revert"
    package let summary = "reverts the hunks of the culprit that cause the failure"

    /// Half of such a file is worse than all of it: migrations ran, generated code has a source.
    static let indivisible = [
        "**/migrations/**", "**/migrate/**", "*.sql", "**/fixtures/**", "**/generated/**",
        "*_pb2.py", "*.pb.go", "*.generated.*", "*.min.js", "schema.*",
    ].map(PathPattern.init)

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        let causal = problem.triage.causalHunks.filter { problem.scope.permits($0.path) }
        guard !causal.isEmpty else {
            return .nothing(reason: "triage found no causal hunks outside of the tests")
        }
        let paths = Set(causal.map(\.path))
        if let path = paths.sorted().first(where: { path in
            Self.indivisible.contains { $0.matches(path) }
        }) {
            return .nothing(reason: "\(path) must not be reverted in part")
        }
        var reasons: [String] = []
        for (step, hunks) in [("the causal hunks", causal), ("these files", [])] {
            let reversal = CommitReversal(problem: problem, tools: tools)
            let tree: String
            do {
                tree =
                    hunks.isEmpty
                    ? try await reversal.tree(revertingFiles: paths)
                    : try await reversal.tree(reverting: hunks)
            } catch let conflict as CommitReversal.Impossible {
                reasons.append("\(step): \(conflict)")
                continue
            }
            guard tree != problem.tree else {
                reasons.append("\(step): nothing left to revert")
                continue
            }
            guard !problem.history.contains(where: { $0.tree == tree }) else {
                reasons.append("\(step): tried already")
                continue
            }
            let lost = Self.lostLines(hunks.isEmpty ? [] : causal)
            return .proposal(
                Proposal(
                    fixer: name, kind: .partialRevert, tree: tree, base: problem.tree,
                    explanation: hunks.isEmpty
                        ? "Reverts all that the culprit changed in \(Self.list(paths)); its other "
                            + "files stay as they are."
                        : "Reverts \(causal.count) causal hunk\(causal.count == 1 ? "" : "s") of "
                            + "the culprit in \(Self.list(paths)); its other hunks stay.",
                    warnings: [
                        "This takes back what a colleague meant to do: \(lost) Whoever wrote the "
                            + "culprit should review it."
                    ]))
        }
        return .nothing(reason: reasons.joined(separator: "; "))
    }

    static func list(_ paths: Set<String>) -> String { paths.sorted().joined(separator: ", ") }

    private static func lostLines(_ hunks: [TriageReport.Hunk]) -> String {
        let added = hunks.flatMap(\.lines).count { $0.hasPrefix("+") }
        let removed = hunks.flatMap(\.lines).count { $0.hasPrefix("-") }
        return hunks.isEmpty
            ? "all of its changes to these files are lost."
            : "\(added) added lines are lost, \(removed) removed ones return."
    }
}
