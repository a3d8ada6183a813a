internal import RunModel

/// Asks a bad revision again whose suite was green: whoever calls it bad saw it fail, and a failure
/// that depends on the clock or on load may stay away once.
struct ExpectedFailure: Sendable {
    let runner: SuiteRunner
    let badTree: String
    /// Runs beyond the first.
    let repeats: Int

    /// Replaces a matrix without suspects by that of the first red run, with the green ones before it
    /// counted as well.
    ///
    /// - Parameters:
    ///   - green: the bad revision's first run.
    ///   - matrix: what follows from one of its runs.
    func search(
        after green: TestRun, into report: inout TriageReport,
        matrix: (TestRun) -> TestMatrix
    ) async throws -> TestMatrix? {
        var passed = [green]
        for _ in 0..<repeats {
            // As the first time: what only a variation breaks is not what was seen.
            let run = try await runner.run(tree: badTree, role: "bad")
            report.runs.append(run.evidence)
            guard !run.wasCutShort else { continue }
            var found = matrix(run)
            guard found.suspects.isEmpty else {
                for id in found.suspects {
                    for earlier in passed {
                        let outcomes =
                            id == TestRun.wholeCommand ? earlier.judged : earlier.outcomes
                        found.record(id, status: outcomes[id], atBad: true)
                    }
                }
                report.add(
                    .badGreenAtFirst, "Green in \(passed.count) of \(passed.count + 1) runs")
                return found
            }
            passed.append(run)
        }
        return nil
    }
}
