internal import RunModel

/// Minimises the change of a culprit to the hunks that broke the tests: first whole files, then the
/// hunks of the files that matter.
struct CausalMinimiser: Sendable {
    let reader: any TreeReader
    let probe: RegressionProbe
    let testPaths: PathPatterns
    let probeLimit: Int

    struct Outcome: Sendable {
        var hunks: [TriageReport.Hunk]
        var isOneMinimal: Bool
    }

    /// - Parameters:
    ///   - base: the tree before the culprit; `head`: with it.
    ///   - group: the tests that it broke.
    /// - Returns: `nil` when not even taking everything back cures the tests.
    func minimise(base: String, head: String, group: [String]) async throws -> Outcome? {
        // Reverting the test is always a way to make it pass, and never the cause: tests are
        // candidates only where the sources alone do not explain the failure.
        for includesTests in [false, true] {
            let change = try await ReversibleChange(
                from: base, to: head, reader: reader,
                include: { includesTests || !testPaths.matches($0) })
            if let outcome = try await minimise(change, group: group) { return outcome }
        }
        return nil
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
