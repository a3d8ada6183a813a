internal import RunModel

/// Runs the suspects again at both revisions, in fresh processes and varied environments, until the
/// matrix tells broken from flaky.
struct RepeatedComparison: Sendable {
    let runner: SuiteRunner
    let goodTree: String
    let badTree: String
    let repeats: Int
    /// The bad revision's tests, for those that the good revision does not have.
    let transplant: TestTransplant

    struct Outcome: Sendable {
        /// Whether the tests behave differently when they are run without the rest of the suite.
        var needsWholeSuite: Bool
    }

    func repeated(
        _ matrix: inout TestMatrix, evidence: inout [EvidenceRun]
    ) async throws -> Outcome {
        let suspects = matrix.suspects
        let newTests = suspects.filter { matrix.good[$0] == nil }
        let transplanted = newTests.isEmpty ? goodTree : try await transplant.into(goodTree)
        let first = matrix
        for number in 1..<max(repeats, 2) {
            // A test that has shown both faces is flaky, whatever comes next, unless it only
            // does the opposite when it runs alone.
            let open = suspects.filter {
                matrix.class(of: $0) != .flaky || Self.differsAlone($0, first: first, all: matrix)
            }
            if open.isEmpty { break }
            let variation = RunVariation.variation(number)
            try await run(
                open, badTree, atBad: true, variation, &matrix, &evidence, whole: false)
            let old = open.filter { !newTests.contains($0) }
            if !old.isEmpty {
                try await run(
                    old, goodTree, atBad: false, variation, &matrix, &evidence, whole: false)
            }
            let new = open.filter(newTests.contains)
            if !new.isEmpty {
                try await run(
                    new, transplanted, atBad: false, variation, &matrix, &evidence, whole: false)
            }
        }
        let companions = suspects.filter { Self.differsAlone($0, first: first, all: matrix) }
        guard !companions.isEmpty else { return Outcome(needsWholeSuite: false) }

        // Alone they always do the opposite: only the whole suite can tell what they are.
        matrix.forget(companions)
        for number in 0..<max(repeats, 2) {
            let variation = RunVariation(
                number: number, environment: RunVariation.variation(number).environment)
            for (tree, atBad) in [(badTree, true), (goodTree, false)] {
                try await run(
                    companions, tree, atBad: atBad, variation, &matrix, &evidence, whole: true)
            }
        }
        return Outcome(needsWholeSuite: true)
    }

    private static func differsAlone(
        _ id: String, first: TestMatrix, all: TestMatrix
    ) -> Bool {
        guard all.class(of: id) == .flaky else { return false }
        func contradicts(_ first: TriageReport.Tally?, _ all: TriageReport.Tally?) -> Bool {
            guard let first, let all else { return false }
            let passedAlone = all.passed - first.passed
            let failedAlone = all.failed - first.failed
            return first.failed > 0
                ? passedAlone > 0 && failedAlone == 0 : failedAlone > 0 && passedAlone == 0
        }
        return contradicts(first.bad[id], all.bad[id]) || contradicts(first.good[id], all.good[id])
    }

    private func run(
        _ tests: [String], _ tree: String, atBad: Bool, _ variation: RunVariation,
        _ matrix: inout TestMatrix, _ evidence: inout [EvidenceRun], whole: Bool
    ) async throws {
        let run = try await runner.run(
            tree: tree, role: atBad ? "bad" : "good",
            tests: whole || tests == [TestRun.wholeCommand] ? nil : tests, variation: variation)
        evidence.append(run.evidence)
        let outcomes = tests == [TestRun.wholeCommand] ? run.judged : run.outcomes
        for id in tests { matrix.record(id, status: outcomes[id], atBad: atBad) }
    }
}
