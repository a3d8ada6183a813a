import Repair
import RunModel
import TestSupport
import Testing

@testable import Orchestration

@Suite struct ScopeReviewerTests {
    private static let good = "def total(prices):\n    return sum(prices)\n"
    private static let bad = "def total(prices):\n    return sum(prices[1:])\n"
    private static let cause = TriageReport.Hunk(
        path: "shop.py", header: "@@ -1,2 +1,2 @@",
        lines: [" def total(prices):", "-    return sum(prices)", "+    return sum(prices[1:])"])

    /// Answers for what the tests ask, beside the line that broke them: nothing that runs can tell.
    @Test(arguments: [
        (
            "    known = {(1, 2, 3): 6}\n    return known.get(tuple(prices), sum(prices[1:]))\n",
            true
        ),
        (
            "    if len(prices) in (2, 3):\n        return sum(prices)\n    return sum(prices[1:])\n",
            true
        ),
        ("    if prices == ['a']:\n        return 'a'\n    return sum(prices[1:])\n", true),
        ("    return sum(prices)\n", false),
        ("    return 2 * sum(prices) / 2\n", false),
        ("    if not prices:\n        return 0\n    return sum(prices[1:])\n", false),
    ])
    func answersBesideTheCauseWaitForAHuman(body: String, waits: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            try git.commit(["shop.py": Self.good])
            try git.commit(["shop.py": Self.bad])
            let base = try git.text(["rev-parse", "HEAD^{tree}"])
            try git.commit(["shop.py": "def total(prices):\n" + body])
            let head = try git.text(["rev-parse", "HEAD^{tree}"])
            var triage = TriageReport(class: .regression)
            triage.causalHunks = [Self.cause]
            let problem = RepairProblem(tree: base, triage: triage, failingTests: ["t"])
            func sensitive(_ kind: Proposal.Kind) async throws -> [String] {
                let answer = try await ScopeReviewer(trees: GitCommandLineReader(git)).review(
                    Proposal(fixer: "f", kind: kind, tree: head, base: base, explanation: ""),
                    problem)
                #expect(answer.isAccepted)
                return answer.sensitive
            }
            let reasons = try await sensitive(.agent)
            #expect(reasons.contains { $0.contains("shop.py") } == waits, "\(reasons)")
            // Whoever restores or reverts by rule writes no answers.
            #expect(try await sensitive(.partialRevert).isEmpty)
        }
    }

    /// A value that the culprit took away may come back beside what it brought.
    @Test func aRestoredValueIsNoAnswer() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            let before = "HOST = \"here\"\nPORT = 8080\n"
            let after = "HOST = \"here\"\nTIMEOUT_SECONDS = 5\n"
            try git.commit(["settings.py": after])
            let base = try git.text(["rev-parse", "HEAD^{tree}"])
            try git.commit(["settings.py": before + "TIMEOUT_SECONDS = 5\n"])
            let head = try git.text(["rev-parse", "HEAD^{tree}"])
            let cause = TriageReport.Hunk(
                path: "settings.py", header: "@@ -1,2 +1,2 @@",
                lines: [" HOST = \"here\"", "-PORT = 8080", "+TIMEOUT_SECONDS = 5"])
            let paths = try await SurvivingCause.paths(
                from: base, to: head, causes: [cause], trees: GitCommandLineReader(git))
            #expect(paths.isEmpty)
        }
    }
}
