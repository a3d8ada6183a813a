internal import Foundation
internal import GitWorktrees
internal import PolicyFiles
internal import Repair
package import RunModel
package import RunStore
internal import Sandboxing
internal import WorktreeLookup

/// `drydock heal` and what follows it, with this machine's sandbox, store and operator.
package struct HealSession: Sendable {
    package let store: Store
    package let state: StateDirectory
    /// Names keys of models, a proxy, and the trace that this is part of.
    private let environment: [String: String]

    /// In a directory of the caller's, whose store is open already.
    package init(
        state: StateDirectory, store: Store,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.state = state
        self.store = store
        self.environment = environment
    }

    package init() throws {
        let state = try StateDirectory.standard()
        self.init(state: state, store: try Store(path: state.store))
    }

    /// `agent-client`, beside `sandbox-init`.
    package static func agentClientPath() -> String {
        SandboxHost.defaultInitPath().replacing("sandbox-init", with: "agent-client")
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
        _ options: HealOptions, warn: @escaping @Sendable (String) -> Void = { _ in },
        observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) async throws -> HealReport {
        try await observed(options, warn, observe) { try await $0.heal() }
    }

    /// Goes on with an incident after `drydock approve` or `reject`.
    package func resume(
        incident: String, warn: @escaping @Sendable (String) -> Void = { _ in },
        observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) async throws -> HealReport {
        let record = try await store.incident(incident)
        var options = HealOptions(repository: record.repository)
        if let first = try await store.events(of: record.id).first,
            case .begun(let request) = try HealEventLog.event(first)
        {
            options.forge = request.forge ?? options.forge
            options.bad = request.bad
        }
        return try await observed(options, warn, observe) {
            try await $0.resume(incident: record.id)
        }
    }

    /// Asks the forge what people said about an incident, obeys it, and goes on where they want so.
    package func hear(
        incident: String, warn: @escaping @Sendable (String) -> Void = { _ in },
        observe: @escaping @Sendable (String, HealEvent) async -> Void
    ) async throws -> HealReport {
        let story = try await IncidentStory.load(incident, from: store)
        var options = HealOptions(repository: story.incident.repository)
        let request = story.state.request
        options.forge = request.forge ?? options.forge
        options.good = request.good
        options.bad = request.bad
        options.project = request.project ?? ""
        return try await observed(options, warn, observe) {
            try await $0.hear(incident: story.incident.id)
        }
    }

    /// Another round by a human's word; what comes of it is the next `heal`'s.
    package func retry(incident id: String, by person: String) async throws -> String {
        let incident = try await store.incident(id)
        // The forge has no say in it.
        let options = HealOptions(repository: incident.repository)
        try await service(options, observe: { _, _ in }, asksRemote: false).retry(
            incident: incident.id, by: person)
        return incident.id
    }

    /// The proposal of an incident as a diff.
    package func patch(ofIncident id: String) async throws -> String {
        let story = try await IncidentStory.load(id, from: store)
        let repository = try ExecutionHost().repository(at: story.incident.repository)
        guard let tree = story.state.proposal?.tree ?? story.state.attempts.last?.tree else {
            return ""
        }
        let base = story.state.request.badTree
        return try await repository.withHandle { handle in
            let (from, to) = (try handle.tree(named: base), try handle.tree(named: tree))
            return String(decoding: try handle.patch(from: from, to: to), as: UTF8.self)
        }
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

    /// Performs with telemetry, which is sent when it is over.
    private func observed(
        _ options: HealOptions, _ warn: @escaping @Sendable (String) -> Void,
        _ observe: @escaping @Sendable (String, HealEvent) async -> Void,
        _ body: (HealService) async throws -> HealReport
    ) async throws -> HealReport {
        let telemetry = try await telemetry(options)
        var watch = telemetry.watch
        watch.warn = { warn($0) }
        let report = try await body(
            try await service(options, observe: telemetry.observe(beside: observe), watch: watch))
        await telemetry.finish(report, warn: warn)
        return report
    }

    private func telemetry(_ options: HealOptions) async throws -> HealTelemetryOutput {
        let repository = try GitRepository(at: options.repository)
        let tree = try? await repository.tree(ofCommit: repository.resolve(options.bad))
        var own: ObservabilitySection?
        if let tree {
            own = try await ProjectContext.configuration(tree: tree, reader: repository)
                .observability
        }
        return try HealTelemetryOutput(
            operatorConfiguration: try OperatorFiles().configuration(), own: own,
            repository: options.repository, environment: environment)
    }

    private func service(
        _ options: HealOptions, observe: @escaping @Sendable (String, HealEvent) async -> Void,
        watch: HealWatch = HealWatch(), asksRemote: Bool = true
    ) async throws -> HealService {
        let host = try ExecutionHost()
        let repository = try host.repository(at: options.repository)
        let executors = ProjectExecutors(host: host, repository: repository)
        var surroundings = HealService.Surroundings(
            store: store, operatorConfiguration: try OperatorFiles().configuration(),
            forgeDirectory: state.forge(ofRepository: options.repository),
            executor: { try executors.executor(of: $0) })
        surroundings.profileDigest = { try executors.executor(of: $0).profileDigest }
        surroundings.watch = watch
        surroundings.environment = environment
        surroundings.layers = { try await executors.layers(of: $0, tree: $1) }
        surroundings.notifier = try HealNotices(
            surroundings.operatorConfiguration.notifications ?? [],
            repository: options.repository, now: { WallClock.timestamp() })
        surroundings.records = .files(
            in: state.path, signer: try OperatorFiles().signer())
        if options.forge != "local" {
            surroundings.connection = try await ForgeConnection.open(
                options.forge, repository: repository)
        } else if asksRemote, !options.isDryRun {
            surroundings.remote = try host.remote(
                of: options.repository, in: surroundings.operatorConfiguration)
        }
        return HealService(
            options: options, repository: repository, surroundings: surroundings, observe: observe)
    }
}
