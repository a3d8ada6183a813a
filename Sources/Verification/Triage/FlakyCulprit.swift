internal import RunModel

/// The commit since which a test is flaky: bisection after Bayes, as a single run of a revision
/// proves little.
struct FlakyCulprit: Sendable {
    let runner: SuiteRunner
    let trees: any TreeReader
    let history: any HistoryReader
    let probeLimit: Int

    /// Runs at the good end before it counts as sound.
    private static let goodRuns = 10
    /// A test that fails more rarely would take hundreds of runs.
    private static let rarest = 0.1

    struct Found: Sendable {
        var culprit: TriageReport.Culprit
        var confidence: Double
    }

    /// - Parameter tally: that of the test at the bad end.
    /// - Returns: `nil` where the test failed at the good end too, or fails too rarely.
    func find(
        _ test: String, tally: TriageReport.Tally, good: String, bad: String,
        evidence: inout [EvidenceRun]
    ) async throws -> Found? {
        let runs = tally.passed + tally.failed
        guard runs > 0, Double(tally.failed) >= Self.rarest * Double(runs) else { return nil }
        let chain = try await history.lineage(from: good, to: bad)
        guard !chain.isEmpty else { return nil }
        // Every revision is asked with the bad one's tests.
        let transplant = try await TestTransplant(
            from: history.tree(ofCommit: bad), paths: runner.command.paths, reader: trees)
        let goodTree = try await transplant.into(history.tree(ofCommit: good))
        for _ in 0..<Self.goodRuns {
            guard try await failed(test, goodTree, &evidence) == false else { return nil }
        }
        var search = NoisyBisection(
            count: chain.count, good: (0, Self.goodRuns), bad: (tally.failed, runs))
        var probes = 0
        while let index = search.next, probes < probeLimit {
            probes += 1
            let tree = try await transplant.into(history.tree(ofCommit: chain[index]))
            // A revision that cannot be asked says nothing; its neighbour is asked by the weights
            // of the next round only if something was learnt, so the search ends here.
            guard let failed = try await failed(test, tree, &evidence) else { break }
            search.record(failed: failed, at: index)
        }
        let candidates = search.candidates
        return Found(
            culprit: TriageReport.Culprit(
                commit: candidates.count == 1 ? chain[candidates[0]] : nil,
                candidates: candidates.map { chain[$0] }),
            confidence: search.weight(of: candidates))
    }

    private func failed(
        _ test: String, _ tree: String, _ evidence: inout [EvidenceRun]
    ) async throws -> Bool? {
        let run = try await runner.run(tree: tree, role: "bisect", tests: [test])
        evidence.append(run.evidence)
        return run.outcomes[test]?.isFailure
    }
}
