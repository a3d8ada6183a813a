internal import Forges
internal import Foundation
package import GitWorktrees
package import PolicyFiles
package import Repair
package import RunModel
package import RunStore
internal import Verification

/// What somebody asked `drydock heal` for, files read already.
package struct HealOptions: Sendable {
    package var repository: String
    package var good: String?
    package var bad = "HEAD"
    package var goodLock = ""
    package var fixers: [String] = []
    /// External agents, those among `fixers`.
    package var agents: [ExternalAgent] = []
    package var results: ReportFile?
    package var baseline: ReportFile?
    package var threshold: Double?
    package var log: ReportFile?
    package var event: CIEvent?
    package var budget: HealBudget?
    package var attempts: Int?
    /// What models may cost at most, whatever the project's own budget says.
    package var spendingLimitUSD: Double?
    package var isDryRun = false
    /// A folder of `projects:`; empty is the root, and with it all of them.
    package var project = ""
    /// How many projects are worked on at a time.
    package var concurrency = 4
    /// A name of `HealOptions.forges`.
    package var forge = "local"
    package static let forges = ForgeCatalog.all
    /// Executions of a suspect test at each revision before it counts as broken or sound.
    package var triageRepeats = 5
    /// Runs of the whole suite on the proposed tree, in fresh processes.
    package var verificationRepeats = 3

    package init(repository: String) { self.repository = repository }
}

/// Connects the loop with the real mechanisms, for one repository.
package struct HealService: Sendable {
    /// What lies outside of the repository.
    package struct Surroundings: Sendable {
        package var store: Store
        package var operatorConfiguration: OperatorConfiguration
        /// Where the local forge keeps its files.
        package var forgeDirectory: String
        /// The hosted forge that the options name; `nil` is the local one.
        package var connection: ForgeConnection?
        /// Where branches go without a hosted forge; `nil` is a bare repository beside its files.
        package var remote: RemoteProcess?
        /// What is left behind for whoever checks later.
        package var records = HealRecords()
        /// Tells people; `nil` tells nobody.
        package var notifier: (any HealNotifier)?
        /// Runs commands over trees of the repository, under the profile and in the image that the
        /// project asks for and the operator allows.
        package var executor: @Sendable (ProjectContext) throws -> any CommandExecutor
        /// Told of models' answers and of runs.
        package var watch = HealWatch()
        /// Names where the key of a model is, and a proxy.
        package var environment: [String: String] = [:]
        /// Layers of a project's setup steps for a tree; `nil` runs the steps before each command.
        package var layers:
            (@Sendable (_ project: ProjectContext, _ tree: String) async throws -> [String])?
        /// Identifies the policy that a project's runs are under, for the attestation.
        package var profileDigest: @Sendable (ProjectContext) throws -> String? = { _ in nil }

        package init(
            store: Store, operatorConfiguration: OperatorConfiguration, forgeDirectory: String,
            executor: @escaping @Sendable (ProjectContext) throws -> any CommandExecutor
        ) {
            self.store = store
            self.operatorConfiguration = operatorConfiguration
            self.forgeDirectory = forgeDirectory
            self.executor = executor
        }
    }

    let options: HealOptions
    let repository: GitRepository
    let surroundings: Surroundings
    private let observe: @Sendable (String, HealEvent) async -> Void

    package init(
        options: HealOptions, repository: GitRepository, surroundings: Surroundings,
        observe: @escaping @Sendable (String, HealEvent) async -> Void = { _, _ in }
    ) {
        self.options = options
        self.repository = repository
        self.surroundings = surroundings
        self.observe = observe
    }

    /// The whole loop: of one project, or of all that the configuration names.
    package func heal() async throws -> HealReport {
        let event = options.event
        if let event, !event.isWorthLooking { return HealReport(outcome: .nothingToHeal) }
        let bad = try await badCommit(event)
        let badTree = try await repository.tree(ofCommit: bad)
        guard options.project.isEmpty else {
            return try await heal(options.project, bad: bad, badTree: badTree, event)
        }
        let configuration = try await ProjectContext.configuration(
            tree: badTree, reader: repository)
        let folders = configuration.projects?.map(\.path) ?? []
        guard !folders.isEmpty, options.results == nil, options.log == nil else {
            return try await heal("", bad: bad, badTree: badTree, event)
        }
        // The root is a project of its own where it says how it is tested.
        let all = (configuration.test == nil ? [] : [""]) + folders
        return await MonorepoHeal(projects: all, concurrency: options.concurrency).run { folder in
            try await heal(folder, bad: bad, badTree: badTree, event)
        }
    }

    /// The commit to heal; that of an event is fetched where it is not here yet.
    private func badCommit(_ event: CIEvent?) async throws -> String {
        guard let event else { return try await repository.resolve(options.bad) }
        if let there = elsewhere(), (try? await repository.resolve(event.commit)) == nil {
            // A deployment may name a tag: then it is looked for on the default branch.
            let branches = [event.branch, try await defaultBranchElsewhere()]
            for branch in branches.compactMap(\.self) {
                _ = try? await there.publisher.tip(
                    ofBranch: branch, known: try await repository.resolve("HEAD"),
                    at: there.remote)
                if (try? await repository.resolve(event.commit)) != nil { break }
            }
        }
        return try await repository.resolve(event.commit)
    }

    private func heal(
        _ folder: String, bad: String, badTree: String, _ event: CIEvent?
    ) async throws -> HealReport {
        var project = try await project(tree: badTree, folder: folder)
        let models = try models(project.context)
        let detection = try await detect(&project, tree: badTree, event: event)
        var request = HealRequest(
            repository: options.repository, good: try await good(project, bad, detection), bad: bad,
            badTree: badTree, targetBranch: try await targetBranch(),
            fixers: try fixers(project.context, models),
            budget: budget(project.context, models),
            never: project.context.configuration.heal?.never ?? [], isDryRun: options.isDryRun)
        request.phases = phases(project.context)
        request.forge = surroundings.connection?.forge.name
        request.project = folder.isEmpty ? nil : folder
        request.ciRun = event?.run
        request.followsBranch = try await isTip(bad, of: request.targetBranch)
        return try await coordinator(project, request.targetBranch, models).heal(request, detection)
    }

    /// Goes on after a human's decision.
    package func resume(incident: String) async throws -> HealReport {
        let events = try await surroundings.store.events(of: incident).prefix(2)
            .map(HealEventLog.event)
        guard case .begun(let request)? = events.first else {
            throw PortError(
                operation: "resuming", subject: incident, reason: "its log is empty",
                remedy: "`drydock runs list` names the incidents")
        }
        var project = try await project(tree: request.badTree, folder: request.project ?? "")
        if case .detected(let detection)? = events.last, detection.source == Self.serviceSource {
            project.turnToServices()
        }
        return try await coordinator(project, request.targetBranch, models(project.context))
            .resume(incident: incident)
    }

    /// Obeys what people with write access said about an incident, and goes on where they want
    /// another round.
    package func hear(incident id: String) async throws -> HealReport {
        let coordinator = try await coordinator(ofIncident: id)
        if try await coordinator.hear(incident: id) { return try await heal() }
        return try await coordinator.report(incident: id)
    }

    /// As `HealCoordinator.retry`.
    package func retry(incident id: String, by person: String) async throws {
        try await coordinator(ofIncident: id).retry(incident: id, by: person)
    }

    private func coordinator(ofIncident id: String) async throws -> HealCoordinator {
        let request = try await IncidentStory.load(id, from: surroundings.store).state.request
        let project = try await project(tree: request.badTree, folder: request.project ?? "")
        return try coordinator(project, request.targetBranch, models(project.context))
    }

    private static let serviceSource = "service"

    struct Project: Sendable {
        /// Empty for the root.
        var folder: String
        var context: ProjectContext
        var executor: any CommandExecutor
        /// The project's own tests, where the services' health is what is worked on.
        var ownTests: TestCommand?

        var services: [String: ServiceSection] { context.configuration.services ?? [:] }

        /// From now on the services are the tests.
        mutating func turnToServices() {
            ownTests = context.testCommand
            context.testCommand = HealthCommand.command(
                for: services, beside: context.testCommand, in: folder)
        }
    }

    private func project(tree: String, folder: String) async throws -> Project {
        let context = try await ProjectContext.load(
            tree: tree, reader: repository, repository: options.repository,
            operatorConfiguration: surroundings.operatorConfiguration, path: folder)
        var layers: SetupExecutor.Layers?
        if let source = surroundings.layers {
            layers = { tree in try await source(context, tree) }
        }
        return Project(
            folder: folder, context: context,
            executor: SetupExecutor(
                executor: IncidentExecutor(
                    executor: try surroundings.executor(context), watch: surroundings.watch),
                steps: context.setup, layers: layers))
    }

    private func detect(
        _ project: inout Project, tree: String, event: CIEvent?
    ) async throws -> Detection {
        if let results = options.results {
            return try Detector.compare(
                results: results, baseline: options.baseline, threshold: options.threshold)
        }
        if let log = options.log {
            return Detector.read(
                log: log.content, fileName: log.name, command: project.context.testCommand.run)
        }
        let detection = try await Detector.runTests(
            project.context.testCommand, tree: tree, executor: project.executor)
        if !detection.isRed, !project.services.isEmpty {
            var services = project
            services.turnToServices()
            var health = try await Detector.runTests(
                services.context.testCommand, tree: tree, executor: project.executor)
            if health.isRed {
                health.source = Self.serviceSource
                project = services
                return health
            }
        }
        // What is green here was red there: the log says what, and triage finds out why.
        guard !detection.isRed, let event, event.isRed, let run = event.run,
            let forge = surroundings.connection?.forge
        else { return detection }
        let log = try await forge.failedJobLogs(ofRun: run)
        let seen = Detector.read(
            log: Array(log.utf8), fileName: "job.log", command: project.context.testCommand.run)
        return seen.tests.isEmpty ? detection : seen
    }

    /// The named good commit, or the nearest on the branch's own line where the tests pass: steps
    /// back double, as triage bisects between.
    private func good(
        _ project: Project, _ bad: String, _ detection: Detection
    ) async throws -> String? {
        if let good = options.good { return try await repository.resolve(good) }
        guard detection.isRed, options.goodLock.isEmpty else { return nil }
        var line = [bad]
        var step = 1
        while line.count <= 1_024 {
            while line.count <= step,
                let parent = try await repository.parents(
                    ofCommit: line[line.count - 1]
                ).first
            { line.append(parent) }
            let commit = line[min(step, line.count - 1)]
            guard commit != bad else { return nil }
            let tree = try await repository.tree(ofCommit: commit)
            let probe = SuiteProbe(
                command: project.context.testCommand, executor: project.executor,
                tests: detection.tests)
            if try await probe.result(of: ProbeVariation(tree: tree, role: "good")).outcome
                == .passed
            {
                return commit
            }
            guard line.count > step else { return nil }
            step *= 2
        }
        return nil
    }

    /// Whether a commit is where the branch is, here or at the forge or remote.
    private func isTip(_ commit: String, of branch: String) async throws -> Bool {
        if (try? await repository.resolve("refs/heads/\(branch)")) == commit { return true }
        if let remote = surroundings.remote {
            return try await remote.references(of: [branch]).commits[branch] == commit
        }
        return try await surroundings.connection?.forge.branch(branch)?.commit == commit
    }

    private func targetBranch() async throws -> String {
        if let there = try await defaultBranchElsewhere() { return there }
        for name in ["main", "master", "trunk", "develop"]
        where (try? await repository.resolve("refs/heads/\(name)")) != nil {
            return name
        }
        return "main"
    }

    private func coordinator(
        _ project: Project, _ targetBranch: String, _ models: ModelPool?
    ) throws -> HealCoordinator {
        let (context, executor) = (project.context, project.executor)
        let command = context.testCommand
        let (forge, remote, publisher) = try publishing(targetBranch)
        let gate = ProjectGate(
            trees: repository, history: repository,
            section: context.configuration.gate,
            today: { String(WallClock.timestamp().prefix(10)) })
        let agents = try options.agents.map { agent in
            var agent = agent
            try surroundings.operatorConfiguration.agents?[agent.kind.rawValue]?.apply(to: &agent)
            // Told to those that take such a limit; what they claim to have spent counts after it.
            if let limit = budget(project.context, models).costUSD {
                agent.costUSD = min(agent.costUSD ?? limit, limit)
            }
            return AgentFixer(agent)
        }
        var problems = ProjectProblems(
            context: context, executor: executor, trees: repository, history: repository,
            goodLock: options.goodLock)
        if let models {
            problems.models = { [surroundings] incident, budget in
                models.access(surroundings, incident: incident, budget: budget)
            }
        }
        problems.recorder = { [surroundings] in StoreModelRecorder(surroundings, incident: $0) }
        problems.traceParent = surroundings.watch.traceParent
        problems.knowledge = { [repository, surroundings, options] commit in
            ProjectKnowledge(
                history: repository, trees: repository, store: surroundings.store,
                repository: options.repository, commit: commit,
                services: context.configuration.services ?? [:])
        }
        var ports = HealPorts(
            triager: ProjectTriager(
                command: command, executor: executor, trees: repository, history: repository,
                goodResolution: ResolvedPackage.read(options.goodLock),
                repeats: options.triageRepeats, baselines: surroundings.store),
            gate: gate, reviewer: ScopeReviewer(trees: repository),
            verifier: try verifier(project, gate), forge: forge,
            remote: remote, publisher: publisher, problems: problems,
            notifier: surroundings.notifier ?? NoNotifications(), history: repository,
            trees: repository, fixers: FixerCatalog.all + agents)
        (ports.records, ports.watch) = (surroundings.records, surroundings.watch)
        if let models {
            ports.modelReviewer = { [repository, surroundings] incident, budget in
                ModelReviewer(
                    trees: repository,
                    access: models.access(surroundings, incident: incident, budget: budget))
            }
        }
        var limits = AttemptLimits()
        if !project.folder.isEmpty {
            // Each project of a monorepo has its own share of the branch; the repository's limit
            // holds for all of them together.
            limits.perBranchAndDay *= max(1, context.configuration.projects?.count ?? 1)
        }
        return HealCoordinator(
            store: surroundings.store, ports: ports, holder: ProcessIdentity.own(),
            isAlive: ProcessIdentity.isAlive, now: { WallClock.timestamp() }, limits: limits,
            observe: observe)
    }
}

/// Nobody is told where nothing is configured.
struct NoNotifications: HealNotifier {
    func notify(_ report: HealReport) async -> [String] { [] }
}
