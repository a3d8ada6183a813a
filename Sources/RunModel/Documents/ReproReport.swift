/// The document `drydock.repro/v1`: what a recording or a replay came to.
package struct ReproReport: Codable, Sendable, Equatable {
    package enum Verdict: String, Codable, Sendable, CaseIterable {
        /// A bundle was written, and the failure came every time.
        case recorded
        /// The command did not fail: there is nothing to record.
        case nothingFailed = "nothing_failed"
        /// What failed is not what the log says.
        case otherFailure = "other_failure"
        case reproduced, different, unstable
    }

    package var schema = "drydock.repro/v1"
    package var verdict: Verdict
    /// The bundle that was written or read; `nil` when none was.
    package var bundle: String?
    package var tree: String
    package var command: [String]
    package var recorded: ReproOutcome
    /// How each run ended.
    package var runs: [ReproOutcome]
    /// Tests that the log names as failed.
    package var expectedTests: [String] = []
    /// In what this machine or call differs from the recording.
    package var differences: [String] = []
    package var notCarried: [String] = []
    /// Variables whose values are not in the bundle.
    package var redacted: [String] = []
    package var shrunk: Shrunk?

    package init(
        verdict: Verdict, tree: String, command: [String], recorded: ReproOutcome,
        runs: [ReproOutcome]
    ) {
        self.verdict = verdict
        self.tree = tree
        self.command = command
        self.recorded = recorded
        self.runs = runs
    }

    package enum CodingKeys: String, CodingKey {
        case schema, verdict, bundle, tree, command, recorded, runs
        case expectedTests = "expected_tests"
        case differences
        case notCarried = "not_carried"
        case redacted, shrunk
    }

    /// What is needed for the failure.
    package struct Shrunk: Codable, Sendable, Equatable {
        package var tests: [String]
        package var files: [String]
        package var variables: [String]
        package var probes: Int
        /// Whether each of them was shown to be needed before the probes ran out.
        package var isOneMinimal: Bool

        package init(
            tests: [String], files: [String], variables: [String], probes: Int, isOneMinimal: Bool
        ) {
            self.tests = tests
            self.files = files
            self.variables = variables
            self.probes = probes
            self.isOneMinimal = isOneMinimal
        }

        package enum CodingKeys: String, CodingKey {
            case tests, files, variables, probes
            case isOneMinimal = "one_minimal"
        }
    }

    /// The contract's exit status.
    package var exitStatus: Int32 {
        switch verdict {
        case .recorded, .reproduced: 0
        case .nothingFailed, .otherFailure, .different: 1
        case .unstable: 3
        }
    }
}
