import PolicyFiles
import TestSupport
import Testing

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
}
