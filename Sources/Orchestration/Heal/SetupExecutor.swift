package import PolicyFiles
package import RunModel

/// An executor that prepares each run's environment by the project's setup steps.
///
/// With a source of layers, a run gets those of its own tree: a change of `requirements.txt` is
/// verified with what it asks for. Without one, the steps run in the same sandbox just before.
package struct SetupExecutor: CommandExecutor {
    package typealias Layers = @Sendable (_ tree: String) async throws -> [String]

    /// Where a setup puts what it installs when there are no layers.
    private static let environmentDirectory = "/tmp/drydock-env"
    /// Runs that need nothing of the project's own environment.
    private static let plainRoles: Set<String> = ["fix", "agent", "setup"]

    private let executor: any CommandExecutor
    private let steps: [SetupStep]
    private let layers: Layers?

    package init(executor: any CommandExecutor, steps: [SetupStep], layers: Layers? = nil) {
        self.executor = executor
        self.steps = steps
        self.layers = layers
    }

    package func run(_ request: CommandRequest) async throws -> CommandResult {
        guard !steps.isEmpty, let tree = request.tree, !Self.plainRoles.contains(request.role)
        else {
            return try await executor.run(request)
        }
        if let layers, request.environment["PIP_CONSTRAINT"] == nil {
            var request = request
            request.layers = try await layers(tree)
            return try await executor.run(request)
        }
        return try await executor.run(prepared(request))
    }

    /// The same command after the setup steps, with the network that these may have.
    private func prepared(_ request: CommandRequest) -> CommandRequest {
        var request = request
        let setup = steps.map { "( \($0.run)\n) >&2 || exit 125" }.joined(separator: "\n")
        request.arguments =
            ["/bin/sh", "-c", "\(setup)\nexec \"$@\"", "setup"] + request.arguments
        request.environment["DRYDOCK_ENV"] = Self.environmentDirectory
        request.network = Self.network(of: steps, beside: request.network)
        return request
    }

    package static func network(of steps: [SetupStep], beside own: String) -> String {
        var hosts: [String] = []
        for step in steps {
            switch step.network {
            case .host?: return "host"
            case .allow(let names)?: hosts += names.filter { !hosts.contains($0) }
            case nil, .none?, .loopback?: break
            }
        }
        return hosts.isEmpty || own == "host" ? own : "allow=" + hosts.joined(separator: ",")
    }
}
