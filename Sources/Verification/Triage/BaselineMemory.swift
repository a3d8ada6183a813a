internal import Digests
internal import RunModel

/// What tests said about trees, kept from one triage to the next: under the tree, the layers that
/// the setup made (what the lock files resolved to), the toolchain, and the command with its
/// environment. A run that is known is not made again.
struct BaselineMemory: Sendable {
    private let store: any BaselineStore
    private let command: TestCommand
    private let toolchain: String

    /// - Parameter toolchain: a digest; without one nothing could be kept safely.
    init(store: any BaselineStore, command: TestCommand, toolchain: String) {
        self.store = store
        self.command = command
        self.toolchain = toolchain
    }

    /// `nil` when that was never run.
    func outcomes(tree: String, tests: [String]?) async throws -> OutcomeMap? {
        try await store.baseline(for: key(tree, tests)).map(OutcomeMap.init)
    }

    /// Only runs that came to their end and told of tests: others may have had their own reasons.
    func remember(_ run: TestRun, tree: String, tests: [String]?) async throws {
        guard !run.wasCutShort, !run.outcomes.isEmpty, run.channels.issues.isEmpty else { return }
        let results = run.outcomes.statuses.sorted { $0.key < $1.key }
            .map { TestResult(id: $0.key, status: $0.value) }
        try await store.store(results, for: key(tree, tests))
    }

    private func key(_ tree: String, _ tests: [String]?) -> BaselineKey {
        let text = tests.flatMap(command.shellText(selecting:)) ?? command.run
        let surroundings =
            [text, command.workingDirectory, command.network]
            + command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return BaselineKey(
            tree: tree, lockDigest: Self.digest(command.layers), toolchainDigest: toolchain,
            environmentDigest: Self.digest(surroundings))
    }

    private static func digest(_ texts: [String]) -> String {
        SHA256Digest(of: Array(texts.joined(separator: "\0").utf8)).hexadecimal
    }
}
