/// Remembers test outcomes under (tree, lock digest, toolchain, environment), so that nothing is
/// run twice.
package protocol BaselineStore: Sendable {
    func baseline(for key: BaselineKey) async throws -> [TestResult]?
    func store(_ results: [TestResult], for key: BaselineKey) async throws
}

package struct BaselineKey: Sendable, Hashable, Codable {
    package var tree: String
    package var lockDigest: String
    package var toolchainDigest: String
    package var environmentDigest: String

    package init(
        tree: String, lockDigest: String, toolchainDigest: String, environmentDigest: String
    ) {
        self.tree = tree
        self.lockDigest = lockDigest
        self.toolchainDigest = toolchainDigest
        self.environmentDigest = environmentDigest
    }
}

/// Receives everything that happens, in order. Appending is durable when the call returns.
package protocol EventSink: Sendable {
    func append(_ event: RecordedEvent) async throws
}

package struct RecordedEvent: Sendable, Codable, Equatable {
    /// The incident or run that it belongs to.
    package var subject: String
    /// Such as `attempt.proposed`, `gate.judged`.
    package var kind: String
    /// RFC 3339, UTC.
    package var time: String
    /// A JSON document.
    package var payload: String

    package init(subject: String, kind: String, time: String, payload: String) {
        self.subject = subject
        self.kind = kind
        self.time = time
        self.payload = payload
    }
}

/// Signs bytes with the operator's key.
package protocol Signer: Sendable {
    /// Identifies the key, as in a DSSE envelope.
    var keyID: String { get }
    func sign(_ bytes: [UInt8]) throws -> [UInt8]
}
