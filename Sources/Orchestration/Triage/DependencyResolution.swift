internal import Repair
internal import RunModel

/// What a project's setup installs today.
enum DependencyResolution {
    /// Asked in the sandbox, where the setup put it.
    static func current(
        tree: String, executor: any CommandExecutor, limits: ResourceLimits
    ) async throws -> [ResolvedPackage] {
        let script = """
            if [ -x "$DRYDOCK_ENV/bin/python" ]; then exec "$DRYDOCK_ENV/bin/python" -m pip freeze
            else exec python3 -m pip freeze --path "$DRYDOCK_ENV"; fi
            """
        let result = try await executor.run(
            CommandRequest(
                tree: tree, arguments: ["/bin/sh", "-c", script], limits: limits,
                role: "resolution"))
        return ResolvedPackage.read(String(decoding: result.standardOutput, as: UTF8.self))
    }
}
