internal import Digests
internal import Foundation
package import RunModel

/// What a verification leaves behind: a bundle of two signed statements about one tree, the test
/// result and the summary, one envelope per line (in-toto's bundle format).
package struct AttestationBundle: Sendable, Equatable {
    package let envelopes: [Envelope]

    /// Digests that the statements bind besides the tree. What is not known is left out.
    package struct Bindings: Sendable {
        package var baseTree: String
        package var pristineTree: String?
        /// `sha256:` digests are hexadecimal without a prefix.
        package var policyDigest: String?
        package var sandboxProfileDigest: String?
        package var toolchainDigest: String?
        /// The audit log's last entry when the verification ended.
        package var auditHead: String?
        /// RFC 3339, UTC.
        package var timeCreated: String

        package init(baseTree: String, timeCreated: String) {
            self.baseTree = baseTree
            self.timeCreated = timeCreated
        }
    }

    package static let verifierID = "https://drydock.dev/verifier/v1"

    package init(
        report: VerificationReport, bindings: Bindings, signer: any Signer
    ) throws {
        let subject = [ResourceDescriptor(name: "tree", digest: ["gitTree": report.tree])]
        let result = TestResultPredicate(
            result: Self.result(report.verdict),
            configuration: try Self.configuration(report, bindings),
            passedTests: report.tests.fixed, warnedTests: report.tests.flaky,
            failedTests: Set(
                report.tests.stillFailing + report.tests.broken + report.tests.missing
                    + report.tests.skipped
            ).sorted())
        let summary = VerificationResultPredicate(
            verifier: .init(
                id: Self.verifierID,
                policies: bindings.policyDigest.map {
                    [ResourceDescriptor(name: "guardrail policy", digest: ["sha256": $0])]
                } ?? []),
            timeCreated: bindings.timeCreated,
            properties: Self.properties(report, bindings).map(\.rawValue).sorted())
        envelopes = [
            try Envelope(
                payload: Self.encode(
                    Statement(
                        subject: subject, predicateType: TestResultPredicate.type, predicate: result
                    )),
                signer: signer),
            try Envelope(
                payload: Self.encode(
                    Statement(
                        subject: subject, predicateType: VerificationResultPredicate.type,
                        predicate: summary)),
                signer: signer),
        ]
    }

    /// Reads the text of a bundle.
    ///
    /// - Throws: `AttestationError.incomplete` when it does not end with a line feed, as whatever
    ///   was cut off does; `.malformed` when a line is no envelope.
    package init(text: [UInt8]) throws(AttestationError) {
        guard text.last == 10 else { throw .incomplete("it does not end with a line feed") }
        guard text.count <= 16 << 20 else { throw .malformed("it is larger than 16 MiB") }
        var envelopes: [Envelope] = []
        for line in text.split(separator: 10) {
            do {
                envelopes.append(try JSONDecoder().decode(Envelope.self, from: Data(line)))
            } catch {
                throw .malformed("line \(envelopes.count + 1) is no signed envelope")
            }
        }
        self.envelopes = envelopes
    }

    /// The text of the bundle: one envelope per line.
    package func text() throws -> [UInt8] {
        try envelopes.flatMap { try Self.encode($0) + [10] }
    }

    /// SHA-256 of the text, in hexadecimal.
    package func digest() throws -> String { SHA256Digest(of: try text()).hexadecimal }

    private static func result(_ verdict: VerificationVerdict) -> TestResultPredicate.Result {
        switch verdict {
        case .verified: .passed
        case .inconclusive: .warned
        case .rejected: .failed
        }
    }

    private static func properties(
        _ report: VerificationReport, _ bindings: Bindings
    ) -> [ProvedProperty] {
        let codes = Set(report.reasons.map(\.code))
        var proved: [ProvedProperty] = []
        if report.runs.contains(where: { $0.role == "plain" }) { proved.append(.cleanCheckout) }
        if bindings.pristineTree != nil { proved.append(.pristineTests) }
        if report.channels.agree { proved.append(.channelsAgree) }
        if let canaries = report.canaries, canaries.planted > 0,
            canaries.failed == canaries.planted
        {
            proved.append(.canariesFailed)
        }
        if report.runs.contains(where: { $0.role == "repeat" }), !codes.contains("repeat_failed") {
            proved.append(.repeated)
        }
        if bindings.policyDigest != nil,
            codes.isDisjoint(with: ["gate_blocked", "gate_review", "gate_skipped"])
        {
            proved.append(.gatePassed)
        }
        if report.verdict == .verified { proved.append(.verified) }
        return proved
    }

    private static func configuration(
        _ report: VerificationReport, _ bindings: Bindings
    ) throws -> [ResourceDescriptor] {
        let runs = SHA256Digest(of: try encode(report.runs)).hexadecimal
        let entries: [(name: String, algorithm: String, value: String?)] = [
            ("base tree", "gitTree", bindings.baseTree),
            ("pristine test tree", "gitTree", bindings.pristineTree),
            ("guardrail policy", "sha256", bindings.policyDigest),
            ("sandbox profile", "sha256", bindings.sandboxProfileDigest),
            ("toolchain", "sha256", bindings.toolchainDigest),
            ("run records", "sha256", runs), ("audit log head", "sha256", bindings.auditHead),
        ]
        return entries.compactMap { name, algorithm, value in
            value.map { ResourceDescriptor(name: name, digest: [algorithm: $0]) }
        }
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
