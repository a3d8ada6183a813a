package import Repair
package import RunModel

/// The reviewer that needs no model: rules over the difference alone.
///
/// It asks whether the change stays where a repair may be, whether it is a change at all, and what
/// of it only a human can decide.
package struct ScopeReviewer: HealReviewer {
    /// Larger than any repair that a human would read.
    private static let fileLimit = 50
    /// What decides how the project is built or run, beyond the code itself.
    private static let sensitive = [
        "Dockerfile", "Containerfile", "*.tf", "**/deploy/**", "**/helm/**", "*.service",
        "**/auth/**", "**/security/**",
    ].map(PathPattern.init)

    private let trees: any TreeReader

    package init(trees: any TreeReader) { self.trees = trees }

    package func review(
        _ proposal: Proposal, _ problem: RepairProblem
    ) async throws -> ReviewAnswer {
        let paths = try await trees.difference(from: problem.tree, to: proposal.tree)
            .flatMap { [$0.old?.path, $0.new?.path].compactMap(\.self) }
        guard !paths.isEmpty else {
            return ReviewAnswer(isAccepted: false, reasons: ["it changes nothing"])
        }
        let unique = Set(paths).sorted()
        let strays = unique.filter { !problem.scope.permits($0) }
        guard strays.isEmpty else {
            return ReviewAnswer(
                isAccepted: false,
                reasons: ["it leaves its scope: " + strays.prefix(5).joined(separator: ", ")],
                hasDrifted: true)
        }
        guard unique.count <= Self.fileLimit else {
            return ReviewAnswer(
                isAccepted: false, reasons: ["it changes \(unique.count) files"], hasDrifted: true)
        }
        let delicate = unique.filter { path in Self.sensitive.contains { $0.matches(path) } }
        var answer = ReviewAnswer(
            isAccepted: true, sensitive: delicate.map { "changes \($0)" })
        if proposal.kind == .agent {
            answer.sensitive += try await SurvivingCause.paths(
                from: problem.tree, to: proposal.tree, causes: problem.triage.causalHunks,
                trees: trees
            ).map { "keeps in \($0) what broke the tests, and adds values beside it" }
        }
        return answer
    }
}
