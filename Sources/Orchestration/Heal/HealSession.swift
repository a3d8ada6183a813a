internal import GitWorktrees
package import RunModel
package import RunStore
internal import WorktreeLookup

/// `drydock heal` and what follows it, with this machine's sandbox, store and operator.
package struct HealSession: Sendable {
    package let store: Store
    package let state: StateDirectory

    /// In a directory of the caller's, whose store is open already.
    package init(state: StateDirectory, store: Store) throws {
        self.state = state
        self.store = store
    }

    package init() throws {
        state = try StateDirectory.standard()
        store = try Store(path: state.store)
    }

    /// The repository's root, whatever path inside it was named.
    package static func root(of path: String) throws -> String {
        guard let locator = RepositoryLocator(at: path) else {
            throw PortError(
                operation: "opening", subject: path, reason: "it is not in a git repository",
                remedy: "Name any path inside one with --repo")
        }
        let common = locator.commonDirectory
        return common.hasSuffix("/.git") ? String(common.dropLast("/.git".count)) : common
    }

    package func heal(
        _ options: HealOptions, observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) async throws -> HealReport {
        try await service(options, observe: observe).heal()
    }

    /// Goes on with an incident after `drydock approve` or `reject`.
    package func resume(
        incident: String, observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) async throws -> HealReport {
        let record = try await store.incident(incident)
        return try await service(HealOptions(repository: record.repository), observe: observe)
            .resume(incident: record.id)
    }

    /// The proposal of an incident as a diff.
    package func patch(ofIncident id: String) async throws -> String {
        let story = try await IncidentStory.load(id, from: store)
        let repository = try ExecutionHost().repository(at: story.incident.repository)
        return try await ProposalPatch.text(story, trees: repository)
    }

    /// What `drydock init` writes for the repository's HEAD.
    package static func configurationDraft(repository path: String) async throws -> String {
        let repository = try GitRepository(at: path)
        let tree = try await repository.tree(ofCommit: repository.resolve("HEAD"))
        return ConfigurationDraft.text(
            try await ProjectContext.load(
                tree: tree, reader: repository, repository: path,
                operatorConfiguration: OperatorFiles().configuration()))
    }

    private func service(
        _ options: HealOptions, observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) throws -> HealService {
        let host = try ExecutionHost()
        let repository = try host.repository(at: options.repository)
        let executor = try SandboxedExecutor(host: host, repository: repository)
        var surroundings = HealService.Surroundings(
            store: store, operatorConfiguration: try OperatorFiles().configuration(),
            forgeDirectory: state.forge(ofRepository: options.repository), executor: executor)
        let setup = SetupBuilder(
            executor: executor, store: LayerStore(root: host.trees.layout.root + "/layers"))
        surroundings.layers = { tree, steps in
            try await setup.layers(for: steps, tree: tree, reader: repository, limits: .standard)
        }
        return HealService(
            options: options, repository: repository, surroundings: surroundings, observe: observe)
    }
}
