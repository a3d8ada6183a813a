package import RunModel

/// Bounds of one triage.
package struct TriageOptions: Sendable {
    /// Executions per revision, the first one included, before a test counts as broken or sound. A
    /// test that fails half of the time passes for a regression with probability 4^-repeats.
    package var repeats = 5
    /// Runs that the minimiser may make.
    package var minimiserProbes = 200
    /// Runs that the bisection may make, over all groups of tests.
    package var bisectionProbes = 200
    /// Also find out what flaky tests depend on: the bad revision is run some 25 times more.
    package var namesWhatDecides = false
    /// Revisions that the bisection may test at the same time. More than two gain nothing.
    package var width = 1
    /// What earlier triages found out about trees; `nil` forgets everything.
    package var baselines: (any BaselineStore)?
    /// Only these tests are looked at; `nil`: all.
    package var tests: [String]?
    /// Whether somebody saw the bad revision fail, a CI system or the detection of a repair. Named
    /// tests are expected to fail as well.
    package var expectsFailure = false

    /// How often a bad revision is asked again that was green.
    var greenRepeats: Int { expectsFailure || tests?.isEmpty == false ? max(repeats - 1, 1) : 1 }

    package init() {}
}
