internal import RunModel

/// Attributes regressed tests to commits, and the commits' changes to hunks.
struct Attribution: Sendable {
    let runner: SuiteRunner
    let trees: any TreeReader
    let history: any HistoryReader
    let options: TriageOptions
    let lost: Set<String>
    let needsWholeSuite: Bool
    var memory: BaselineMemory?

    /// Tests with different culprits are told apart, up to this many.
    private static let groupLimit = 4

    func attribute(
        _ tests: [String], good: String, bad: String, into report: inout TriageReport
    ) async throws {
        let probe = try await probe(for: tests, good: good, bad: bad, report: &report)
        var open = tests
        var culprits: [(commit: String?, candidates: [String], tests: [String])] = []
        while !open.isEmpty, culprits.count < Self.groupLimit {
            let group = open
            var search = CulpritSearch(history: history) { commit in
                let tree = try await history.tree(ofCommit: commit)
                return try await probe.verdict(tree: tree, group: group, role: "bisect")
            }
            search.width = options.width
            let found = try await search.search(good: good, bad: bad)
            guard let commit = found.commit else {
                culprits.append((nil, found.candidates, group))
                break
            }
            let tree = try await history.tree(ofCommit: commit)
            let statuses = try await probe.statuses(tree: tree, role: "bisect")
            let broken = group.filter { id in
                let status = statuses[id] ?? nil
                return status?.isFailure ?? lost.contains(id)
            }
            culprits.append((commit, [commit], broken.isEmpty ? group : broken))
            open = broken.isEmpty ? [] : group.filter { !broken.contains($0) }
        }
        // The culprit is the commit that broke most; the others stay visible as candidates.
        let main = culprits.max { $0.tests.count < $1.tests.count }
        report.culprit = TriageReport.Culprit(
            commit: main?.commit, candidates: culprits.flatMap(\.candidates))
        for culprit in culprits {
            guard let head = culprit.candidates.last, let first = culprit.candidates.first,
                let parent = try await history.parents(ofCommit: first).first
            else { continue }
            let minimiser = CausalMinimiser(
                reader: trees, probe: probe, testPaths: runner.command.paths,
                probeLimit: options.minimiserProbes)
            let outcome = try await minimiser.minimise(
                CausalMinimiser.Scope(
                    good: history.tree(ofCommit: good), bad: history.tree(ofCommit: bad),
                    culpritBase: history.tree(ofCommit: parent),
                    culpritHead: history.tree(ofCommit: head)),
                group: culprit.tests)
            for hunk in outcome?.hunks ?? [] where !report.causalHunks.contains(hunk) {
                report.causalHunks.append(hunk)
            }
        }
        report.runs += await probe.evidence
    }

    /// Chooses whose tests are asked at every revision: those of the bad end, where the good end
    /// passes them; else each revision's own.
    private func probe(
        for tests: [String], good: String, bad: String, report: inout TriageReport
    ) async throws -> RegressionProbe {
        let badTree = try await history.tree(ofCommit: bad)
        let goodTree = try await history.tree(ofCommit: good)
        let transplant = try await TestTransplant(
            from: badTree, paths: runner.command.paths, reader: trees)
        let probe = RegressionProbe(
            runner: runner, tests: tests, transplant: transplant, lost: lost,
            needsWholeSuite: needsWholeSuite, memory: memory)
        if try await probe.verdict(tree: goodTree, group: tests, role: "bisect") == .good {
            return probe
        }
        report.runs += await probe.evidence
        return RegressionProbe(
            runner: runner, tests: tests, transplant: nil, lost: lost,
            needsWholeSuite: needsWholeSuite, memory: memory)
    }
}
