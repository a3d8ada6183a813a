import RunModel
import TestSupport

@testable import Verification

/// A repository with a Python project, and what its tests are run with.
struct PythonProject {
    let git: GitCommandLine
    let reader: GitCommandLineReader
    let executor: PlainExecutor

    static let command: TestCommand = {
        var command = plainCommand
        // Never reached on a busy machine: a run that is cut short says nothing about its tests.
        command.limits.wallMilliseconds = 600_000
        // The plain run is the same every time; the variations have seeds of their own.
        command.environment["PYTHONHASHSEED"] = "1"
        return command
    }()

    private static let plainCommand = TestCommand(
        runner: "pytest",
        run: "python3 -m pytest -q -p no:cacheprovider --junitxml $DRYDOCK_REPORTS/junit.xml",
        select:
            "python3 -m pytest -q -p no:cacheprovider --junitxml $DRYDOCK_REPORTS/junit.xml {tests}",
        reports: ["junit.xml"], consoleFormat: "pytest-console",
        paths: PathPatterns(["tests/**", "conftest.py", "pytest.ini"]))

    init(at directory: String, isolatesNetwork: Bool = false) throws {
        git = try GitCommandLine.create(at: directory)
        reader = GitCommandLineReader(git)
        executor = PlainExecutor(
            git, environment: ["PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"],
            isolatesNetwork: isolatesNetwork)
    }

    func triage(
        good: String, bad: String, command: TestCommand = PythonProject.command,
        options: TriageOptions = TriageOptions()
    ) async throws -> TriageReport {
        try await Triage(
            runner: SuiteRunner(command: command, executor: executor), trees: reader,
            history: reader, options: options
        ).run(good: good, bad: bad)
    }
}
