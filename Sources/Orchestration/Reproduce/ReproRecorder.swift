internal import Foundation
internal import GitWorktrees
package import RunModel
internal import Verification
internal import WorktreeLookup

/// Records a failing command as one file.
package enum ReproRecorder {
    /// - Throws: what is wrong with the repository, the revision, the log or the host.
    package static func record(
        _ request: RecordRequest, host: ExecutionHost, operatorFiles: OperatorFiles
    ) async throws -> ReproReport {
        let repository = try host.repository(at: request.repository)
        let sourceTree = try await repository.tree(named: request.revision)
        var omissions: [String] = []
        let tree = try await withoutSubmodules(sourceTree, repository, &omissions)
        let profile = request.settings.profile ?? "build"
        let executor = try SandboxedExecutor(
            host: host, repository: repository, profile: profile,
            image: request.settings.image ?? "host")
        let project = try await ReproProject.load(
            tree: tree, repository: repository, path: request.repository, executor: executor,
            layerRoot: host.trees.layout.root + "/layers", operatorFiles: operatorFiles)
        let subject = try ReproSubject(request.subject, project: project)

        var environment = ReproEnvironment.taken(from: ProcessInfo.processInfo.environment)
        environment.merge(subject.environment) { $1 }
        environment.merge(request.settings.environment) { $1 }
        var run = CommandRequest(tree: tree, arguments: subject.command, role: "repro")
        run.environment = environment
        run.workingDirectory = subject.workingDirectory
        run.layers = project.layers
        let network = request.settings.network ?? "none"
        run.network = network
        run.limits.override(with: request.settings.limits)
        var answers: ReproAnswers?
        if let folder = request.answers {
            let recorded = try ReproAnswers(recorded: folder)
            // Who names a network beside them wants that one.
            if request.settings.network == nil { run.network = recorded.replaying }
            answers = recorded
        } else if request.recordsAnswers {
            let own = try ReproAnswers()
            run.network = try own.recording(network)
            answers = own
        }

        let first = try await executor.run(run)
        if request.recordsAnswers, let answers {
            // From here on as it will be elsewhere.
            _ = try answers.files()
            run.network = answers.replaying
        }
        var outcomes = [ReproOutcome(first)]
        while outcomes.count < request.repeats, outcomes[0].isFailure {
            outcomes.append(ReproOutcome(try await executor.run(run)))
        }
        var report = ReproReport(
            verdict: .recorded, tree: tree, command: subject.command, recorded: outcomes[0],
            runs: outcomes)
        report.expectedTests = subject.expectedTests
        report.notCarried = omissions + subject.notCarried
        guard outcomes[0].isFailure else {
            report.verdict = .nothingFailed
            return report
        }
        let agreeing = outcomes.count { $0.agrees(with: outcomes[0]) }
        var result = first
        if request.shrinks, agreeing == outcomes.count {
            let shrunk = try await ReproShrinker(
                executor: executor, trees: repository, recorded: outcomes[0],
                testCommand: project.testCommand
            ).shrink(run)
            run = shrunk.request
            report.shrunk = ReproReport.Shrunk(
                tests: shrunk.tests, files: shrunk.files, variables: shrunk.variables,
                probes: shrunk.probes, isOneMinimal: shrunk.isOneMinimal)
            result = try await executor.run(run)
            report.recorded = ReproOutcome(result)
            report.tree = run.tree ?? tree
            report.command = run.arguments
        }
        let commit = try? await repository.resolve(request.revision)
        run.network = network
        let writing = BundleWriting(
            request: request, run: run, result: result, report: report,
            answers: try answers?.files() ?? [],
            source: ReproManifest.Source(
                revision: request.revision, commit: commit, tree: sourceTree),
            agreeing: agreeing, profile: profile, profileDigest: executor.profileDigest)
        let (path, redacted) = try await writing.write(reading: repository)
        report.bundle = path
        report.redacted = redacted
        if agreeing < outcomes.count {
            report.verdict = .unstable
        } else if !subject.expectedTests.isEmpty,
            Set(subject.expectedTests).isDisjoint(with: report.recorded.failing)
        {
            report.verdict = .otherFailure
        }
        return report
    }

    /// A submodule's content is in another repository: its folder is empty in every run.
    private static func withoutSubmodules(
        _ tree: String, _ repository: GitRepository, _ omissions: inout [String]
    ) async throws -> String {
        let submodules = try await repository.files(inTree: tree).filter { $0.mode == 0o160000 }
        guard !submodules.isEmpty else { return tree }
        omissions += submodules.map { "the submodule \($0.path)" }
        return try await repository.writeTree(
            base: tree, edits: submodules.map { TreeEdit(path: $0.path, content: nil) })
    }
}
