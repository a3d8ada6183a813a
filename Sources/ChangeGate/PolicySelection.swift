package import Guardrails
package import PolicyFiles
package import RunModel

/// Finds the policy that judges a change: one that the caller names, else the one that
/// `drydock.yaml` of the base names, else `default`. Never one of the head.
package struct PolicySelection {
    private let reader: any TreeReader
    private let baseTree: String

    private static let configurationPath = "drydock.yaml"

    package init(reader: any TreeReader, baseTree: String) {
        self.reader = reader
        self.baseTree = baseTree
    }

    package func policy(named name: String?) async throws -> GatePolicy {
        if let name { return try PolicyLoader.named(name) }
        guard let text = try await baseText(Self.configurationPath) else {
            return try PolicyLoader.shipped("default")
        }
        return try await policy(of: try ProjectConfiguration.read(text).gate)
    }

    /// The policy that the repository's configuration names: a shipped one, or a file of the base,
    /// never one of this machine.
    package func policy(of gate: GateSection?) async throws -> GatePolicy {
        let named = gate?.policy ?? "default"
        var policy: GatePolicy
        if PolicyLoader.shippedNames.contains(named) {
            policy = try PolicyLoader.shipped(named)
        } else if let text = try await baseText(named) {
            policy = try PolicyLoader.load(text, source: "base:\(named)")
            if let glob = PathGlob("/" + named) { policy.policyPaths.append(glob) }
        } else {
            let nearest = nearestName(to: named, among: PolicyLoader.shippedNames)
            throw PolicyFileError(
                file: Self.configurationPath, location: nil, entry: "gate.policy",
                problem: "\"\(named.prefix(120))\" is no shipped policy and no file of the base",
                remedy: nearest.map { "did you mean \($0)?" }
                    ?? "shipped: \(PolicyLoader.shippedNames.joined(separator: ", "))")
        }
        if let scope = gate?.scope { policy.scope = try scope.map(Self.glob) }
        return policy
    }

    private func baseText(_ path: String) async throws -> PolicyText? {
        guard let file = try await reader.file(at: path, inTree: baseTree) else { return nil }
        do {
            let bytes = try await reader.blob(file.blob, byteLimit: PolicyText.sizeBytesMax)
            return try PolicyText(name: "base:\(path)", bytes: bytes)
        } catch let error as BlobTooLarge {
            throw PolicyFileError(
                file: "base:\(path)", location: nil,
                problem: "has \(error.sizeBytes) bytes, at most \(error.limitBytes) are read",
                remedy: "a policy is a few kilobytes of YAML; is this the right file?")
        }
    }

    private static func glob(_ pattern: String) throws -> PathGlob {
        guard let glob = PathGlob(pattern) else {
            throw PolicyFileError(
                file: configurationPath, location: nil, entry: "gate.scope",
                problem: "\"\(pattern.prefix(120))\" is not a path pattern",
                remedy: "close every [ and {")
        }
        return glob
    }
}
