internal import RunModel

/// Minimises what changed between the good and the bad revision to the hunks that broke the tests:
/// first the commit, then whole files, then the hunks of the files that matter.
///
/// Hunks are those of `git diff -U3 --no-renames good bad`, whatever happened in between: taking
/// them back on the bad revision is what cures it.
struct CausalMinimiser: Sendable {
    let reader: any TreeReader
    let probe: RegressionProbe
    let testPaths: PathPatterns
    let probeLimit: Int

    struct Outcome: Sendable {
        var hunks: [TriageReport.Hunk]
        var isOneMinimal: Bool
    }

    /// The trees between which the search goes on.
    struct Scope: Sendable {
        var good: String
        var bad: String
        /// Before the culprit, and with it.
        var culpritBase: String
        var culpritHead: String
    }

    /// - Parameter group: the tests that the culprit broke.
    /// - Returns: `nil` when not even taking everything back cures the tests.
    func minimise(_ scope: Scope, group: [String]) async throws -> Outcome? {
        let touched = Set(
            try await reader.difference(from: scope.culpritBase, to: scope.culpritHead)
                .flatMap { [$0.old?.path, $0.new?.path].compactMap(\.self) })
        // Reverting the test is always a way to make it pass, and never the cause: tests are
        // candidates only where the sources alone do not explain the failure.
        for includesTests in [false, true] {
            func mayBeCause(_ path: String) -> Bool { includesTests || !testPaths.matches(path) }
            // What other commits did to the culprit's files may be in the way of taking it back;
            // then everything is a candidate.
            for isNarrow in [true, false] {
                let change = try await ReversibleChange(
                    from: scope.good, to: scope.bad, reader: reader,
                    include: { mayBeCause($0) && (!isNarrow || touched.contains($0)) })
                if let outcome = try await minimise(change, group: group) { return outcome }
            }
        }
        // The good revision may lack what later tests ask for: the culprit's own change is left.
        let own = try await ReversibleChange(
            from: scope.culpritBase, to: scope.culpritHead, reader: reader)
        return try await minimise(own, group: group)
    }

    private func minimise(_ change: ReversibleChange, group: [String]) async throws -> Outcome? {
        func answer(_ units: [Int]) async throws -> ProbeAnswer {
            let tree = try await reader.writeTree(
                base: change.head, edits: change.edits(reverting: Set(units)))
            return try await probe.answer(tree: tree, group: group, role: "minimise")
        }
        let all = Array(change.units.indices)
        guard !all.isEmpty, try await answer(all) == .cured else { return nil }

        let files = Set(change.units.map(\.file)).sorted()
        var byFile = DeltaDebugging(probeLimit: probeLimit)
        let keptFiles = try await byFile.minimise(files) { subset in
            try await answer(all.filter { subset.contains(change.units[$0].file) })
        }
        var byHunk = DeltaDebugging(probeLimit: max(probeLimit - byFile.probes, 0))
        let kept = try await byHunk.minimise(
            all.filter { keptFiles.units.contains(change.units[$0].file) }, probe: answer)
        return Outcome(
            hunks: kept.units.map { change.units[$0].hunk }, isOneMinimal: kept.isOneMinimal)
    }
}
