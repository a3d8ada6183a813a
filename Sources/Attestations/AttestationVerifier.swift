internal import Foundation

/// Checks a bundle offline: signatures by trusted keys, both statements, one tree, the result.
package struct AttestationVerifier: Sendable {
    private let trust: TrustStore

    package init(trust: TrustStore) { self.trust = trust }

    /// What a bundle proves.
    package struct Proof: Sendable, Equatable {
        package var tree: String
        package var properties: [String]
        package var passedTests: [String]
        package var configuration: [ResourceDescriptor]
        package var timeCreated: String
        package var keyIDs: [String]
    }

    /// - Parameters:
    ///   - tree: the tree that it must be about; `nil` takes any, and the caller looks.
    /// - Throws: `AttestationError` with what is wrong; anything else than PASSED is wrong too.
    package func verify(_ bundle: AttestationBundle, tree: String?) throws(AttestationError)
        -> Proof
    {
        var testResult: Statement<TestResultPredicate>?
        var summary: Statement<VerificationResultPredicate>?
        var keyIDs: Set<String> = []
        for envelope in bundle.envelopes {
            let payload = try envelope.verifiedPayload(trust: trust)
            guard payload.type == Envelope.statementType else {
                throw .malformed("payload type \(payload.type)")
            }
            keyIDs.insert(payload.keyID)
            let kind: PredicateKind = try decode(payload.bytes)
            switch kind.predicateType {
            case TestResultPredicate.type where testResult == nil:
                testResult = try decode(payload.bytes)
            case VerificationResultPredicate.type where summary == nil:
                summary = try decode(payload.bytes)
            default: throw .malformed("unexpected predicate \(kind.predicateType)")
            }
        }
        guard let testResult, let summary else {
            throw .incomplete("it needs a test result and a summary")
        }
        let trees = (testResult.subject + summary.subject).map { $0.digest["gitTree"] ?? "unknown" }
        guard let found = trees.first, trees.allSatisfy({ $0 == found }) else {
            throw .malformed("its statements are about different trees")
        }
        if let tree, tree != found { throw .otherTree(expected: tree, found: [found]) }
        guard testResult.predicate.result == .passed,
            summary.predicate.properties.contains(ProvedProperty.verified.rawValue)
        else { throw .notPassed(testResult.predicate.result.rawValue) }
        return Proof(
            tree: found, properties: summary.predicate.properties,
            passedTests: testResult.predicate.passedTests,
            configuration: testResult.predicate.configuration,
            timeCreated: summary.predicate.timeCreated, keyIDs: keyIDs.sorted())
    }

    private struct PredicateKind: Decodable {
        var predicateType: String
    }

    private func decode<Value: Decodable>(_ bytes: [UInt8]) throws(AttestationError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw .malformed("a statement cannot be read: \(error)")
        }
    }
}
