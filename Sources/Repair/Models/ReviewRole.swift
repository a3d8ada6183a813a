internal import JSONText
internal import RunModel

/// What the reviewing model says of a change.
package struct ReviewOpinion: Sendable, Equatable {
    package enum Verdict: String, Sendable { case accept, reject, human }

    package var verdict: Verdict
    package var reasons: [String]

    package init(verdict: Verdict, reasons: [String]) {
        self.verdict = verdict
        self.reasons = reasons
    }
}

/// The reviewer: a security engineer in a context of its own, who never sees the fixer's reasons.
package struct ReviewRole: Sendable {
    private let access: ModelAccess
    private static let diffCharacters = 60_000

    static let schema = """
        {"type":"object","additionalProperties":false,"required":["verdict","reasons"],
         "properties":{
          "verdict":{"type":"string","enum":["accept","reject","human"]},
          "reasons":{"type":"array","items":{"type":"string"},
           "description":"short sentences; for reject and human what stands against it"}}}
        """

    package init(access: ModelAccess) { self.access = access }

    /// - Parameter difference: of the proposed tree, as a unified diff.
    /// - Throws: when no verdict could be had, which is no acceptance.
    package func review(
        difference: String, problem: RepairProblem
    ) async throws -> ReviewOpinion {
        guard let model = access.roles[.reviewer] ?? access.ladder.last else {
            throw Stuck("no model is configured for the review")
        }
        guard difference.count <= Self.diffCharacters else {
            return ReviewOpinion(
                verdict: .human, reasons: ["the difference is too large for a model to review"])
        }
        let marks = UntrustedText.injections(in: difference)
        if !marks.isEmpty {
            try await access.recorder.record(
                "injection.seen",
                ["where": "proposed difference", "phrases": .array(marks.map { .string($0) })])
        }
        let task = [
            "## Proposed difference\n\n" + UntrustedText.fenced(difference, label: "difference"),
            "## Failing tests\n\n"
                + UntrustedText.fenced(
                    problem.failingTests.prefix(50).joined(separator: "\n"), label: "test names"),
            "## What caused the failure\n\n"
                + UntrustedText.fenced(RepairTask.hunks(problem), label: "causal difference"),
        ].joined(separator: "\n\n")
        var conversation = ModelConversation(
            role: .reviewer, model: model, access: access, task: task)
        let value = try await conversation.askStructured(Self.schema)
        let opinion = ReviewOpinion(
            verdict: ReviewOpinion.Verdict(rawValue: value.text("verdict")) ?? .reject,
            reasons: (value["reasons"]?.arrayValue ?? []).compactMap(\.stringValue).map {
                String($0.prefix(500))
            })
        try await access.recorder.record(
            "review.opinion",
            [
                "model": .string(model.id), "verdict": .string(opinion.verdict.rawValue),
                "reasons": .array(opinion.reasons.map { .string($0) }),
            ])
        return opinion
    }
}
