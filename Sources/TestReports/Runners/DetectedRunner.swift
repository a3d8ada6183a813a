/// How a project's tests are run, found by looking at its tree. Everything here is a default that
/// `drydock.yaml` overrides.
package struct DetectedRunner: Codable, Sendable, Equatable {
    /// How sure it is.
    package enum Certainty: String, Codable, Sendable, Comparable {
        /// A way in that may lead anywhere, such as a make target.
        case lastResort = "last_resort"
        /// Files that look like tests of this runner.
        case conventional
        /// The project names the runner in a manifest or configures it.
        case configured

        package static func < (left: Certainty, right: Certainty) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .lastResort: 0
            case .conventional: 1
            case .configured: 2
            }
        }
    }

    /// Something to run once before, as `setup` in the configuration.
    package struct Setup: Codable, Sendable, Equatable {
        /// For `sh -c`.
        package var run: String
        /// The only files that it may see.
        package var inputs: [String]

        package init(run: String, inputs: [String]) {
            self.run = run
            self.inputs = inputs
        }
    }

    /// The id of the runner in `RunnerCatalog`.
    package var id: String
    /// Where to run, relative to the repository's root; empty for the root.
    package var directory = ""
    /// Runs all tests; for `sh -c`. `$DRYDOCK_REPORTS` is a directory for reports.
    package var command: String
    /// Runs some tests: `{tests}` stands for what `selection` makes of their ids.
    package var select: String
    package var selection: TestSelection
    /// Names of files in `$DRYDOCK_REPORTS`, or globs. Empty when the console is all there is.
    package var reports: [String]
    /// The format of what it prints, in `FormatCatalog`.
    package var console: String?
    /// Globs of tests and of configuration that decides which tests run and how.
    package var testPaths: [String]
    package var setup: [Setup] = []
    package var certainty: Certainty
    /// What in the tree gave it away, for people.
    package var evidence: String

    package init(
        id: String, command: String, select: String, selection: TestSelection,
        reports: [String] = [], console: String? = nil, testPaths: [String], setup: [Setup] = [],
        certainty: Certainty, evidence: String
    ) {
        self.id = id
        self.command = command
        self.select = select
        self.selection = selection
        self.reports = reports
        self.console = console
        self.testPaths = testPaths
        self.setup = setup
        self.certainty = certainty
        self.evidence = evidence
    }

    package enum CodingKeys: String, CodingKey {
        case id, directory, command, select, selection, reports, console
        case testPaths = "test_paths"
        case setup, certainty, evidence
    }

    /// The command that runs these tests only.
    package func command(selecting tests: [String]) -> String {
        selection.fill(select, tests: tests)
    }
}
