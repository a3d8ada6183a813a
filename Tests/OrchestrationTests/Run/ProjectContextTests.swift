import PolicyFiles
import TestSupport
import Testing
import Verification

@testable import Orchestration

/// What is wrong with a repository's configuration is said to whoever asks first: verify, triage and
/// heal alike.
@Suite struct ProjectContextTests {
    @Test(arguments: [
        ("projects: [{path: services/none}]", "projects[0].path: there is no folder"),
        ("projects: [{path: ../x}]", "is no folder of the repository"),
        ("heal: {fixers: [revrt]}", "heal.fixers: there is no fixer \"revrt\""),
        ("projects: [{path: app, heal: {fixers: [nope]}}]", "projects[0].heal.fixers"),
        ("heal: {attempts: 0}", "heal.attempts: is 0"),
    ])
    func aConfigurationThatCannotBeMeantIsRefused(text: String, complaint: String) async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            try git.commit([
                "drydock.yaml": "version: 1\ntest: {run: make}\n\(text)\n", "app/a": "1\n",
            ])
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            let error = await #expect(throws: PolicyFileError.self) {
                try await ProjectContext.load(
                    tree: tree, reader: GitCommandLineReader(git), repository: directory,
                    operatorConfiguration: OperatorConfiguration())
            }
            #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        }
    }

    /// Tests in the folders make a runner of the root as well, which is nobody's.
    @Test func aProjectsRunnerIsFoundInItsFolder() async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory)
            let run = "python3 -m pytest -q --junitxml $DRYDOCK_REPORTS/junit.xml"
            try git.commit([
                "drydock.yaml": """
                version: 1
                projects:
                  - {path: services/tea, test: {run: "\(run)", reports: [junit.xml]}}
                  - {path: services/milk}
                """,
                "services/tea/test_tea.py": "def test_tea():\n    assert True\n",
                "services/milk/go.mod": "module milk\n\ngo 1.19\n",
                "services/milk/milk_test.go": "package milk\n",
            ])
            let tree = try git.text(["rev-parse", "HEAD^{tree}"])
            func command(_ path: String) async throws -> TestCommand {
                try await ProjectContext.load(
                    tree: tree, reader: GitCommandLineReader(git), repository: directory,
                    operatorConfiguration: OperatorConfiguration(), path: path
                ).testCommand
            }
            let tea = try await command("services/tea")
            #expect(tea.runner == "pytest" && tea.run == run)
            #expect(tea.workingDirectory == "services/tea")
            #expect(tea.paths.matches("services/tea/test_tea.py"))
            #expect(!tea.paths.matches("test_tea.py"))
            let milk = try await command("services/milk")
            #expect(milk.runner == "go-test" && milk.workingDirectory == "services/milk")
        }
    }
}
