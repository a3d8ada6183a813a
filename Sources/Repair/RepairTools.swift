package import RunModel

/// What a fixer may use: git content, the sandbox, and the failing tests as an oracle.
package struct RepairTools: Sendable {
    package var trees: any TreeReader
    package var executor: any CommandExecutor
    package var probe: any RegressionProbe
    /// The same with further tests.
    package var widerProbe: (@Sendable ([String]) -> any RegressionProbe)?
    /// Files larger than this are not edited.
    package var byteLimit = 4 << 20
    /// Models, where the operator configured any.
    package var models: ModelAccess?
    /// Keeps what external agents did and claimed.
    package var recorder: (any ModelRecorder)?
    package var knowledge: (any RepairKnowledge)?
    /// `TRACEPARENT` for external agents, which may have spans of their own.
    package var traceParent: String?

    package init(
        trees: any TreeReader, executor: any CommandExecutor, probe: any RegressionProbe
    ) {
        self.trees = trees
        self.executor = executor
        self.probe = probe
    }

    /// The failing tests and others as an oracle.
    func probe(alsoOf tests: [String]) -> any RegressionProbe {
        tests.isEmpty ? probe : (widerProbe?(tests) ?? probe)
    }

    /// A regular file's bytes, or `nil` when the tree has none at the path.
    func content(of path: String, inTree tree: String) async throws -> [UInt8]? {
        let file = try await trees.files(inTree: tree).first { $0.path == path }
        guard let file, file.isRegular else { return nil }
        return try await trees.blob(file.blob, byteLimit: byteLimit)
    }

    /// A regular file's text, or `nil` when it is not there or not UTF-8 text.
    func text(of path: String, inTree tree: String) async throws -> SourceText? {
        try await content(of: path, inTree: tree).flatMap(SourceText.init(bytes:))
    }
}

extension TreeFile {
    var isRegular: Bool { mode == 0o100644 || mode == 0o100755 }
}

/// Runs the failing tests over a variation of the project.
package protocol RegressionProbe: Sendable {
    func result(of variation: ProbeVariation) async throws -> ProbeResult
}

/// A tree and an environment in which the failing tests are tried.
package struct ProbeVariation: Sendable {
    package var tree: String
    package var environment: [String: String]
    package var overlays: [OverlayFile]
    /// Whether the setup is run again, with the network that it is allowed.
    package var runsSetup: Bool
    package var role: String

    package init(
        tree: String, environment: [String: String] = [:], overlays: [OverlayFile] = [],
        runsSetup: Bool = false, role: String
    ) {
        self.tree = tree
        self.environment = environment
        self.overlays = overlays
        self.runsSetup = runsSetup
        self.role = role
    }
}

package enum ProbeOutcome: String, Codable, Sendable {
    case passed, failed
    /// It does not build, or the tests could not be run.
    case unresolved
}

package struct ProbeResult: Sendable, Equatable {
    package var outcome: ProbeOutcome
    package var log: String

    package init(_ outcome: ProbeOutcome, log: String = "") {
        self.outcome = outcome
        self.log = log
    }
}
