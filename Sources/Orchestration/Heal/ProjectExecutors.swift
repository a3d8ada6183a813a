internal import GitWorktrees
internal import PolicyFiles
internal import RunModel
internal import Synchronization
internal import WorktreeLookup

/// The sandboxes of a repository's projects: one executor for each profile and image that they ask
/// for. What a project may ask for was checked when its configuration was read.
final class ProjectExecutors: Sendable {
    private let host: ExecutionHost
    private let repository: GitRepository
    private let known = Mutex<[String: SandboxedExecutor]>([:])

    init(host: ExecutionHost, repository: GitRepository) {
        self.host = host
        self.repository = repository
    }

    func executor(of context: ProjectContext) throws -> SandboxedExecutor {
        let section = context.configuration.sandbox
        let (profile, image) = (section?.profile ?? "build", section?.image ?? "host")
        let key = "\(profile)\n\(image)"
        if let known = known.withLock({ $0[key] }) { return known }
        let executor = try SandboxedExecutor(
            host: host, repository: repository, profile: profile, image: image)
        known.withLock { $0[key] = executor }
        return executor
    }

    /// Layers of the project's setup steps for a tree.
    func layers(of context: ProjectContext, tree: String) async throws -> [String] {
        let store = LayerStore(root: host.trees.layout.root + "/layers")
        return try await SetupBuilder(executor: executor(of: context), store: store).layers(
            for: context.setup, tree: tree, reader: repository, limits: context.limits)
    }
}
