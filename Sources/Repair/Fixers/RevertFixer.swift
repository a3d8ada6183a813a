internal import RunModel

/// Takes the whole culprit back, its tests excepted: the last resort, and marked as such.
package struct RevertFixer: Fixer {
    package let name = "revert"
    package let summary = "reverts all of the culprit commit but its tests"

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard problem.triage.culprit?.commit != nil else {
            return .nothing(reason: "no single commit was found guilty")
        }
        guard let goodTree = problem.goodTree, let culpritTree = problem.culpritTree else {
            return .nothing(reason: "the culprit's own trees are not known")
        }
        let paths = Set(
            try await tools.trees.difference(from: goodTree, to: culpritTree)
                .flatMap { [$0.old?.path, $0.new?.path].compactMap(\.self) }
                .filter(problem.scope.permits))
        guard !paths.isEmpty else {
            return .nothing(reason: "the culprit changed nothing that may be edited")
        }
        let tree: String
        do {
            tree = try await CommitReversal(problem: problem, tools: tools)
                .tree(revertingFiles: paths)
        } catch let conflict as CommitReversal.Impossible {
            return .nothing(reason: "\(conflict)")
        }
        guard tree != problem.tree, !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "it was tried already, or nothing is left to revert")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .revert, tree: tree, base: problem.tree,
                explanation: "Reverts the culprit in full: \(PartialRevertFixer.list(paths)).",
                warnings: [
                    "A full revert drops every wanted part of the commit, a feature or a security "
                        + "fix among them. Prefer to repair it by hand where that is possible."
                ]))
    }
}
