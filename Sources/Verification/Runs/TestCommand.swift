package import RunModel
package import TestReports

/// How the tests of a repository are run: from `drydock.yaml` of the base, or detected there.
package struct TestCommand: Sendable {
    /// The runner's id in `RunnerCatalog`, such as `pytest`.
    package var runner: String
    /// Shell text that runs every test.
    package var run: String
    /// Shell text that runs some tests; `{tests}` stands for what `selection` makes of their ids.
    /// `nil`: all or nothing.
    package var select: String?
    package var selection: TestSelection
    /// Report files below `$DRYDOCK_REPORTS`; none: the console is the only list of tests.
    package var reports: [String]
    /// The id of the console's format in `FormatCatalog`, where it has one.
    package var consoleFormat: String?
    /// Test and runner configuration files, which a change may not alter.
    package var paths: PathPatterns
    package var workingDirectory = ""
    package var limits = ResourceLimits.standard
    package var network = "none"
    package var layers: [String] = []
    package var environment: [String: String] = [:]

    package init(
        runner: String, run: String, select: String? = nil,
        selection: TestSelection = .arguments, reports: [String] = [],
        consoleFormat: String? = nil, paths: PathPatterns
    ) {
        self.runner = runner
        self.run = run
        self.select = select
        self.selection = selection
        self.reports = reports
        self.consoleFormat = consoleFormat
        self.paths = paths
    }

    /// The command that was found by looking at the tree.
    package init(_ detected: DetectedRunner) {
        let prefix = detected.directory.isEmpty ? "" : detected.directory + "/"
        self.init(
            runner: detected.id, run: detected.command, select: detected.select,
            selection: detected.selection, reports: detected.reports,
            consoleFormat: detected.console,
            paths: PathPatterns(detected.testPaths.map { prefix + $0 }))
        workingDirectory = detected.directory
    }

    /// One argument of a command may have 128 KiB (MAX_ARG_STRLEN, execve(2)).
    private static let shellTextLimit = 100_000

    /// The shell text that runs these tests, in this order where the runner keeps it, or `nil` when
    /// the runner cannot select or there are too many of them.
    package func shellText(selecting tests: [String]) -> String? {
        guard let select, !tests.isEmpty else { return nil }
        let text = selection.fill(select, tests: tests)
        return text.utf8.count < Self.shellTextLimit ? text : nil
    }
}
