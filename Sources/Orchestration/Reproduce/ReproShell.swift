internal import Foundation
internal import GitWorktrees
internal import RunModel
internal import Sandboxing
internal import Verification
internal import WorktreeLookup

/// Opens a shell in the state in which a replayed command left its sandbox.
package struct ReproShell: Sendable {
    private let bundle: UnpackedBundle
    private let host: ExecutionHost

    package init(_ bundle: UnpackedBundle, host: ExecutionHost) {
        self.bundle = bundle
        self.host = host
    }

    /// The command reads nothing: what is typed or piped in is the shell's.
    private static let script = """
        "$@" </dev/null
        status=$?
        printf 'drydock: the command ended with %s; this shell is in the state it left\\n' "$status" >&2
        if command -v bash >/dev/null; then exec bash; fi
        exec sh
        """

    /// - Returns: the shell's exit status, as `drydock run` has it.
    package func run() async throws -> Int32 {
        var options = RunOptions()
        options.profile = bundle.executor.profileName
        options.image = bundle.image
        options.limits = bundle.request.limits
        options.network = NetworkMode(text: bundle.request.network)
        options.standardInput = "-"
        options.wantsTerminal = isatty(0) == 1 && isatty(1) == 1
        options.command =
            ["/bin/sh", "-c", Self.script, "drydock"] + bundle.request.arguments
        let addition = ShellWorktree(
            request: bundle.request, lowers: try await bundle.executor.lowers(of: bundle.request),
            image: try ImageHold(bundle.image),
            layers: try bundle.request.layers.reversed().map(
                LayerStore(root: host.trees.layout.root + "/layers").folder))
        return try RunCommand(
            options: options, environment: VariableList(ProcessInfo.processInfo.environment),
            addition: addition
        ).run()
    }
}

/// The bundle's tree and setup layers in the place where replays have them.
private final class ShellWorktree: RunAddition {
    private let request: CommandRequest
    private let lowers: [String]
    private let image: ImageHold
    private let layers: [String]
    private var network: SandboxNetwork?

    init(request: CommandRequest, lowers: [String], image: ImageHold, layers: [String]) {
        self.request = request
        self.image = image
        self.lowers = lowers
        self.layers = layers
    }

    func prepare(_ sandbox: inout SandboxRequest) throws(SandboxError) {
        do { network = try SandboxNetwork(sandbox.network) } catch {
            throw SandboxError(.request, "\(error)")
        }
        network?.prepare(&sandbox)
        network?.warmUp()
        sandbox.overlays.append(
            OverlaySpecification(
                lowers: lowers, mountPoint: SandboxedExecutor.worktree, redirectsDirectories: true))
        sandbox.root = image.root
        sandbox.environment.merge(image.environment) { given, _ in given }
        sandbox.environment.merge(request.environment) { $1 }
        if !layers.isEmpty {
            sandbox.overlays.append(
                OverlaySpecification(lowers: layers, mountPoint: LayerStore.mountPoint))
            sandbox.environment["DRYDOCK_ENV"] = LayerStore.mountPoint
        }
        sandbox.workingDirectory =
            request.workingDirectory.isEmpty
            ? SandboxedExecutor.worktree
            : "\(SandboxedExecutor.worktree)/\(request.workingDirectory)"
    }

    var attachment: (any NetworkAttachment)? { network }

    func finish(
        _ result: borrowing SandboxResult, report: inout RunReport
    ) throws(SandboxError) {
        network?.stop()
        report.record(network?.records ?? [])
    }
}
