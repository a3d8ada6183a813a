internal import RunModel

/// Which tests a change must fix, and which it must not touch, from the base's run.
struct ExpectedTests: Sendable {
    /// Fail on the base (or cannot be collected there), must pass.
    let named: Set<String>
    /// Pass on the base, must pass.
    let passing: Set<String>
    /// Every id that must appear.
    let ids: Set<String>
    /// Fail on the base and are nobody's concern here.
    let preExisting: Set<String>
    /// Named by the caller, and unknown.
    let unknown: Set<String>

    /// - Parameter reference: the outcome at the good revision, or else at the head.
    init(base: TestRun, reference: OutcomeMap, tests: [String]) {
        let matrix = TestMatrix(
            good: reference, bad: base.outcomes,
            badExitCode: base.wasCutShort ? nil : base.report.exitCode, only: nil)
        let red = base.outcomes.failing.union(matrix.lost)
        // What stands in for a module that cannot be collected is no test that must come back.
        let standIns = base.outcomes.ids.filter {
            StandIn.isOne($0, base.outcomes[$0]) && reference[$0] == nil && !matrix.lost.isEmpty
        }
        let wanted = Set(tests)
        unknown = wanted.subtracting(base.outcomes.ids).subtracting(reference.ids)
        // Whoever names a module that cannot be collected means the tests in it.
        let meant = matrix.lost.filter { test in
            wanted.intersection(standIns).contains { StandIn.holds($0, test: test) }
        }
        named =
            wanted.isEmpty
            ? red.filter { reference[$0] == .passed }.subtracting(standIns)
            : wanted.subtracting(unknown).subtracting(standIns).union(meant)
        passing = base.outcomes.passing
        ids = base.outcomes.ids.subtracting(standIns).union(named)
        preExisting = base.outcomes.failing.subtracting(named).subtracting(standIns)
    }
}
