package import GitWorktrees
package import PolicyFiles
internal import RunModel
package import Verification
internal import WorktreeLookup

/// Everything that running a project's tests takes: its repository, the sandboxes, and the test
/// command with the setup layers of one trusted tree.
package struct ProjectRun: Sendable {
    package let repository: GitRepository
    package let executor: SandboxedExecutor
    package let command: TestCommand
    package let setup: [SetupStep]

    /// - Parameters:
    ///   - path: any path inside the repository.
    ///   - trustedTree: read for the configuration and for the inputs of setup steps; for a judged
    ///     change that is the base's.
    package init(
        host: ExecutionHost, path: String, trustedTree: (GitRepository) async throws -> String,
        operatorFiles: OperatorFiles
    ) async throws {
        repository = try host.repository(at: path)
        let tree = try await trustedTree(repository)
        let context = try await ProjectContext.load(
            tree: tree, reader: repository, repository: path,
            operatorConfiguration: try operatorFiles.configuration())
        executor = try SandboxedExecutor(
            host: host, repository: repository,
            profile: context.configuration.sandbox?.profile ?? "build",
            image: context.configuration.sandbox?.image ?? "host")
        let builder = SetupBuilder(
            executor: executor, store: LayerStore(root: host.trees.layout.root + "/layers"))
        var command = context.testCommand
        command.layers = try await builder.layers(
            for: context.setup, tree: tree, reader: repository, limits: context.limits)
        self.command = command
        setup = context.setup
    }
}
