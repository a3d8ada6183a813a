package import Repair
package import RunModel

/// Rules first; then, for what an agent wrote, a model with the eyes of a security engineer.
///
/// It sees the difference, the failing tests and what caused the failure. Without its verdict such
/// a change waits for a human: a review that could not be had is no acceptance.
package struct ModelReviewer: HealReviewer {
    private let rules: ScopeReviewer
    private let trees: any TreeReader
    private let role: ReviewRole
    private let meter: any ModelMeter

    package init(trees: any TreeReader, access: ModelAccess) {
        rules = ScopeReviewer(trees: trees)
        self.trees = trees
        role = ReviewRole(access: access)
        meter = access.meter
    }

    package func review(
        _ proposal: Proposal, _ problem: RepairProblem
    ) async throws -> ReviewAnswer {
        var answer = try await rules.review(proposal, problem)
        guard answer.isAccepted, proposal.kind == .agent else { return answer }
        let difference = try await ProposalPatch.text(
            from: problem.tree, to: proposal.tree, trees: trees)
        do {
            let opinion = try await role.review(difference: difference, problem: problem)
            switch opinion.verdict {
            case .accept: answer.reasons += opinion.reasons
            case .reject:
                answer.isAccepted = false
                answer.reasons += opinion.reasons.map { "reviewer: \($0)" }
                if answer.reasons.isEmpty { answer.reasons = ["the reviewer rejects it"] }
            case .human: answer.sensitive += opinion.reasons.map { "the reviewer asks: \($0)" }
            }
            if opinion.verdict == .human, opinion.reasons.isEmpty {
                answer.sensitive.append("the reviewer asks for a human")
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            answer.sensitive.append("no model could review it: \(error)")
        }
        answer.spending = await meter.spending()
        return answer
    }
}
