internal import Egress
internal import Foundation
package import GitWorktrees
internal import Glibc
internal import LinuxKernel
package import RunModel
internal import Sandboxing
internal import WorktreeLookup

/// Runs commands over trees of one repository, each in a fresh sandbox on a fresh worktree.
package struct SandboxedExecutor: CommandExecutor {
    private let host: ExecutionHost
    private let repository: GitRepository
    private let profile: CompiledProfile
    private let layers: LayerStore
    private let image: ImageHold

    /// Sandboxes are waited for on threads that may block.
    private static let threads = DispatchQueue(
        label: "drydock.sandboxes", qos: .userInitiated, attributes: .concurrent)

    /// Where a worktree is, inside.
    package static let worktree = SandboxRequest.emptyWorkingDirectory

    /// - Parameter image: as `--image`; it stays in the store as long as this lives.
    package init(
        host: ExecutionHost, repository: GitRepository, profile: String = "build",
        image: String = "host"
    ) throws {
        self.image = try ImageHold(image)
        self.host = host
        self.repository = repository
        self.profile = try host.profile(profile)
        profileName = profile
        layers = LayerStore(root: host.trees.layout.root + "/layers")
    }

    /// How files are observed: `nil` is by fanotify for root, and by system calls for others.
    var observationMethod: FileObservation.Method?

    /// The profile as it was named.
    let profileName: String

    /// Identifies the policy that runs are under, for cache keys and evidence.
    package var profileDigest: String { profile.digest }

    /// Cancelling the task kills the sandbox.
    package func run(_ request: CommandRequest) async throws -> CommandResult {
        try await run(request, writingTo: .temporary)
    }

    /// - Parameter environment: what receives changes below `$DRYDOCK_ENV`.
    func run(
        _ request: CommandRequest, writingTo environment: OverlaySpecification.Upper
    ) async throws -> CommandResult {
        let lowers = try await lowers(of: request)
        let stop = RunStop()
        let (result, upper): (CommandResult, UpperLayer?) = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.threads.async {
                    continuation.resume(
                        with: Result { try perform(request, lowers, environment, stop) })
                }
            }
        } onCancel: {
            stop.request()
        }
        // What was cut off says nothing about the command.
        try Task.checkCancellation()
        guard let upper, let tree = request.tree else { return result }
        return try await upper.adding(changesTo: tree, of: repository, to: result)
    }

    /// The layers of the tree's checkout, made if it is not cached.
    func lowers(of request: CommandRequest) async throws -> [String] {
        guard let tree = request.tree else { return [] }
        let cache = host.trees
        return try await repository.withHandle { handle in
            let checkout = try cache.checkout(tree: try handle.tree(named: tree), of: handle)
            return checkout.cached.lowers
        }
    }

    private func perform(
        _ request: CommandRequest, _ lowers: [String], _ environment: OverlaySpecification.Upper,
        _ stop: RunStop
    ) throws -> (CommandResult, UpperLayer?) {
        // Held while the sandbox uses it: the cache is collected by other processes too.
        let lease = try lease(request.tree)
        defer { _ = lease }
        let overlay = request.overlays.isEmpty ? nil : try OverlayFolder(request.overlays)
        var sandbox = SandboxRequest(command: request.arguments, profile: profile)
        sandbox.limits = request.limits
        sandbox.root = image.root
        sandbox.environment = VariableList(
            request.environment.merging(image.environment) { given, _ in given })
        guard let network = NetworkMode(text: request.network) else {
            throw PortError(
                operation: "starting", subject: "a sandbox",
                reason: "\"\(request.network)\" is no network mode",
                remedy: "Use none, loopback, allow=HOST,... or host")
        }
        sandbox.network = network
        if !request.standardInput.isEmpty { sandbox.standardInput = .bytes(request.standardInput) }
        let above: [String]
        switch overlay {
        case .some(let folder): above = [folder.path]
        case .none: above = []
        }
        if !(above + lowers).isEmpty {
            sandbox.overlays.append(
                OverlaySpecification(
                    lowers: above + lowers, mountPoint: Self.worktree, redirectsDirectories: true))
        }
        if !request.layers.isEmpty || environment != .temporary {
            let below = try request.layers.reversed().map(layers.folder)
            sandbox.overlays.append(
                OverlaySpecification(
                    lowers: below.isEmpty ? [try layers.emptyFolder()] : below,
                    upper: environment, mountPoint: LayerStore.mountPoint))
            sandbox.environment["DRYDOCK_ENV"] = LayerStore.mountPoint
        }
        if request.observesFiles, request.tree != nil {
            let plan = try host.observation(
                profile: profileName,
                method: observationMethod ?? (geteuid() == 0 ? .fanotify : .seccomp))
            sandbox.observation = plan
            sandbox.profile.filters = plan.filters
        }
        sandbox.workingDirectory =
            request.workingDirectory.isEmpty
            ? Self.worktree : "\(Self.worktree)/\(request.workingDirectory)"
        return try start(sandbox, request, stop, over: overlay)
    }

    private func start(
        _ sandbox: SandboxRequest, _ request: CommandRequest, _ stop: RunStop,
        over files: consuming OverlayFolder?
    ) throws -> (CommandResult, UpperLayer?) {
        let network = try SandboxNetwork(sandbox.network)
        defer { network?.stop() }
        var sandbox = sandbox
        network?.prepare(&sandbox)
        network?.warmUp()
        let running = try Sandbox.start(
            sandbox, on: host.sandboxes, attachment: network)
        stop.arm(running.control)
        let result = try running.wait()
        var report = result.report
        report.record(network?.records ?? [])
        let folder = try result.openReports()
        let reports = try ReportFolder.read(folder.raw, names: request.reports)
        var answer = CommandResult(
            report: report, standardOutput: result.standardOutput,
            standardError: result.standardError, reports: reports)
        answer.observation = result.observation
        // The worktree is the first overlay wherever there is a tree.
        guard request.wantsChanges, request.tree != nil else { return (answer, nil) }
        return (answer, try UpperLayer(of: result, over: files))
    }

    private func lease(_ tree: String?) throws -> TreeHold? {
        guard let tree else { return nil }
        return try TreeHold(tree: tree, layout: host.trees.layout)
    }
}

/// Keeps a cached tree from being collected while a sandbox uses it.
final class TreeHold {
    private let cached: CachedTree

    init(tree: String, layout: CacheLayout) throws {
        guard let bootID = TreeSeal.currentBootID(),
            let cached = CachedTree(tree: tree, in: layout, bootID: bootID)
        else {
            throw PortError(
                operation: "holding", subject: "tree \(tree)",
                reason: "it was collected as soon as it was made",
                remedy: "Raise the cache's size limit")
        }
        self.cached = cached
    }
}

/// Keeps an image from being removed while sandboxes run on it.
final class ImageHold: Sendable {
    private let resolved: ImageService.Resolved?

    init(_ name: String) throws {
        resolved = name == "host" ? nil : try ImageService().resolve(name)
    }

    var root: RootFileSystem {
        switch resolved {
        case .some(let resolved): resolved.root
        case .none: .host
        }
    }

    var environment: [String: String] {
        switch resolved {
        case .some(let resolved): resolved.environment
        case .none: [:]
        }
    }
}
