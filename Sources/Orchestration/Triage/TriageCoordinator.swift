internal import GitWorktrees
package import RunModel
package import Verification

/// What `drydock triage` is asked.
package struct TriageRequest: Sendable {
    /// Any path inside the repository.
    package var repository: String
    package var good: String
    package var bad: String
    package var options: TriageOptions

    package init(repository: String, good: String, bad: String, options: TriageOptions) {
        self.repository = repository
        self.good = good
        self.bad = bad
        self.options = options
    }
}

/// Runs triage on two revisions of a repository, in sandboxes.
package enum TriageCoordinator {
    /// - Throws: what is wrong with the repository, the revisions, the configuration or the host.
    package static func triage(
        _ request: TriageRequest, host: ExecutionHost, operatorFiles: OperatorFiles
    ) async throws -> TriageReport {
        // The bad revision says how it is tested: the good one may not know the failing tests yet.
        let run = try await ProjectRun(
            host: host, path: request.repository,
            trustedTree: { try await $0.tree(named: request.bad) }, operatorFiles: operatorFiles)
        return try await Triage(
            runner: SuiteRunner(command: run.command, executor: run.executor),
            trees: run.repository, history: run.repository, options: request.options
        ).run(good: request.good, bad: request.bad)
    }
}
