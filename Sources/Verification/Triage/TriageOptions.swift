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
    /// Only these tests are looked at; `nil`: all.
    package var tests: [String]?

    package init() {}
}
