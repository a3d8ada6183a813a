internal import Foundation
internal import GitWorktrees
internal import Repair
package import RunModel
package import Verification

/// What `drydock triage` is asked.
package struct TriageRequest: Sendable {
    /// Any path inside the repository.
    package var repository: String
    package var good: String
    package var bad: String
    package var options: TriageOptions
    /// The dependency resolution when the tests were last green: a lock file's text, or a log's.
    package var goodLock: String?

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
        if let lock = request.goodLock {
            let packages = ResolvedPackage.read(lock)
            guard !packages.isEmpty else {
                throw PortError(
                    operation: "reading", subject: "--good-lock",
                    reason: "no resolved package is named in it",
                    remedy: "Give the output of pip freeze, a fully pinned requirements file, or a "
                        + "log with pip's \"Successfully installed\"")
            }
            let drift = try await driftTriage(request, run, packages)
            if drift.class == .dependencyDrift { return drift }
        }
        var options = request.options
        // Two revisions at a time where both have processors enough for their own parallelism.
        if ProcessInfo.processInfo.activeProcessorCount >= 4 { options.width = 2 }
        return try await Triage(
            runner: SuiteRunner(command: run.command, executor: run.executor),
            trees: run.repository, history: run.repository, options: options
        ).run(good: request.good, bad: request.bad)
    }

    /// Only the question of drift; commits are for the ordinary triage.
    private static func driftTriage(
        _ request: TriageRequest, _ run: ProjectRun, _ packages: [ResolvedPackage]
    ) async throws -> TriageReport {
        let repository = run.repository
        let bad = try await repository.resolve(request.bad)
        let tree = try await repository.tree(ofCommit: bad)
        var command = run.command
        let layers = command.layers
        command.layers = []
        // With constraints the setup runs anew, in the sandbox of the run itself; layers that are
        // there already would hide what it installs.
        let executor = SetupExecutor(
            executor: run.executor, steps: run.setup,
            layers: { _ in layers })
        let detection = Detection(
            source: "test_command", isRed: true, tests: request.options.tests ?? [])
        let heal = HealRequest(
            repository: request.repository, good: nil, bad: bad, badTree: tree, targetBranch: "",
            fixers: [])
        return try await ProjectTriager(
            command: command, executor: executor, trees: repository, history: repository,
            goodResolution: packages
        ).triage(heal, detection)
    }
}
