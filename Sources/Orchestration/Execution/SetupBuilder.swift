internal import Digests
internal import Foundation
package import PolicyFiles
package import RunModel

/// Runs a project's setup steps, each once: a step sees its declared inputs and the steps before it
/// and nothing else, so its result can be kept under a key made of exactly these.
package struct SetupBuilder: Sendable {
    /// A step failed: what it printed last.
    package struct StepFailed: Error, CustomStringConvertible {
        package var command: String
        package var report: RunReport
        package var output: String

        package var description: String {
            let end = report.exitCode.map { "exit code \($0)" } ?? report.outcome.rawValue
            return "setup step failed (\(end)): \(command)\n\(output)"
        }
    }

    private let executor: SandboxedExecutor
    private let store: LayerStore
    /// Layers of one domain are never used in another: what was built while an attempt is worked on
    /// is not what verifies it.
    private let trustDomain: String

    package init(executor: SandboxedExecutor, store: LayerStore, trustDomain: String = "verify") {
        self.executor = executor
        self.store = store
        self.trustDomain = trustDomain
    }

    /// - Returns: the keys of the layers, lowest first, for `CommandRequest.layers`.
    package func layers(
        for steps: [SetupStep], tree: String, reader: any TreeReader, limits: ResourceLimits
    ) async throws -> [String] {
        var keys: [String] = []
        for step in steps {
            let inputs = try await inputs(of: step, tree: tree, reader: reader)
            let key = key(of: step, inputs: inputs, below: keys)
            if !store.contains(key) {
                try await build(step, inputs: inputs, below: keys, key: key, limits: limits)
            }
            keys.append(key)
        }
        return keys
    }

    private func inputs(
        of step: SetupStep, tree: String, reader: any TreeReader
    ) async throws -> [OverlayFile] {
        let wanted = step.inputs ?? []
        guard !wanted.isEmpty else { return [] }
        var inputs: [OverlayFile] = []
        for file in try await reader.files(inTree: tree)
        where wanted.contains(where: { file.path == $0 || file.path.hasPrefix($0 + "/") }) {
            guard file.mode == 0o100644 || file.mode == 0o100755 else { continue }
            inputs.append(
                OverlayFile(
                    path: file.path, content: try await reader.blob(file.blob, byteLimit: 64 << 20),
                    isExecutable: file.mode == 0o100755))
        }
        return inputs
    }

    private func key(of step: SetupStep, inputs: [OverlayFile], below: [String]) -> String {
        var digest = DigestBuilder()
        for field in [
            DrydockVersion.text, trustDomain, executor.profileDigest, step.run,
            step.network?.text ?? "none", "\(below.count)",
        ] + below {
            digest.add(field: field)
        }
        for input in inputs {
            digest.add(field: input.path)
            digest.add(field: input.isExecutable ? "x" : "-")
            digest.add(field: SHA256Digest(of: input.content).hexadecimal)
        }
        return digest.finish().hexadecimal
    }

    private func build(
        _ step: SetupStep, inputs: [OverlayFile], below: [String], key: String,
        limits: ResourceLimits
    ) async throws {
        let making = try store.begin()
        var request = CommandRequest(
            tree: nil, arguments: ["/bin/sh", "-c", step.run], limits: limits, role: "setup")
        request.overlays = inputs
        request.layers = below
        request.network = step.network?.text ?? "none"
        let result = try await executor.run(
            request, writingTo: .directory(upper: making.files, work: making.work))
        guard result.report.outcome == .exited, result.report.exitCode == 0 else {
            let output = result.standardOutput.suffix(4_000) + result.standardError.suffix(4_000)
            throw StepFailed(
                command: step.run, report: result.report,
                output: String(decoding: output, as: UTF8.self))
        }
        try store.finish(making, key: key)
    }
}
