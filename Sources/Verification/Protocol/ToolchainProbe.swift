internal import Digests
internal import RunModel

/// Step 9: what runs the tests, before and after, outside of any worktree.
extension Verification {
    func probeToolchain(_ state: inout VerificationState) async throws -> String? {
        guard let digest = try await probe() else {
            state.add(.toolchainUnknown, "Runner \(command.runner)")
            return nil
        }
        state.toolchainDigest = digest
        return digest
    }

    func probe() async throws -> String? { try await runner.toolchainDigest() }
}

extension SuiteRunner {
    /// SHA-256 of what the harness's probe prints, in hexadecimal; `nil` when there is no probe or
    /// it fails.
    func toolchainDigest() async throws -> String? {
        guard let harness = HarnessCatalogue.harness(for: command.runner) else { return nil }
        var request = CommandRequest(
            tree: nil, arguments: ["/bin/sh", "-c", harness.toolchainProbe],
            limits: command.limits, role: "toolchain")
        request.layers = command.layers
        request.environment = command.environment
        let result = try await executor.run(request)
        guard result.report.exitCode == 0, !result.standardOutput.isEmpty else { return nil }
        return SHA256Digest(of: result.standardOutput).hexadecimal
    }
}
