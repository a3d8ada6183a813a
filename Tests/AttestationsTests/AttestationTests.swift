import Digests
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Attestations

@Suite struct AttestationTests {
    private static let tree = String(repeating: "ab", count: 20)

    private static func report(_ verdict: VerificationVerdict = .verified) -> VerificationReport {
        var report = VerificationReport(verdict: verdict, reasons: [], tree: tree)
        report.tests.fixed = ["tests/test_a.py::test_it"]
        report.runs = [
            EvidenceRun(
                role: "plain", tree: tree, outcome: .exited, exitCode: 0, passed: 1, failed: 0,
                skipped: 0, wallMilliseconds: 5)
        ]
        return report
    }

    private static func bundle(
        _ key: SigningKey, _ verdict: VerificationVerdict = .verified
    ) throws -> AttestationBundle {
        var bindings = AttestationBundle.Bindings(
            baseTree: String(repeating: "cd", count: 20), timeCreated: "2026-01-01T00:00:00Z")
        bindings.pristineTree = tree
        bindings.policyDigest = String(repeating: "ef", count: 32)
        return try AttestationBundle(
            report: report(verdict), bindings: bindings, signer: KeySigner(key))
    }

    private static func verify(
        _ bundle: AttestationBundle, _ key: SigningKey, tree: String? = tree
    ) throws -> AttestationVerifier.Proof {
        try AttestationVerifier(trust: TrustStore(keys: [key.verifyingKey]))
            .verify(bundle, tree: tree)
    }

    @Test func acceptsWhatItSigned() throws {
        let key = SigningKey()
        let text = try Self.bundle(key).text()
        let proof = try Self.verify(AttestationBundle(text: text), key)
        #expect(proof.tree == Self.tree)
        #expect(proof.passedTests == ["tests/test_a.py::test_it"])
        #expect(proof.properties.contains("DRYDOCK_VERIFIED"))
        #expect(proof.properties.contains("DRYDOCK_GATE_PASSED"))
        #expect(!proof.properties.contains("DRYDOCK_CANARIES_FAILED"))
        #expect(proof.keyIDs == [try key.verifyingKey.keyID])
    }

    @Test func aValidSignatureByAnUnknownKeyIsNotEnough() throws {
        let bundle = try Self.bundle(SigningKey())
        #expect(throws: AttestationError.self) { try Self.verify(bundle, SigningKey()) }
    }

    @Test func isBoundToTheTree() throws {
        let key = SigningKey()
        let other = String(repeating: "00", count: 20)
        #expect(throws: AttestationError.otherTree(expected: other, found: [Self.tree])) {
            try Self.verify(Self.bundle(key), key, tree: other)
        }
    }

    @Test(arguments: [VerificationVerdict.rejected, .inconclusive])
    func onlyVerifiedIsAccepted(verdict: VerificationVerdict) throws {
        let key = SigningKey()
        #expect(throws: AttestationError.self) {
            try Self.verify(Self.bundle(key, verdict), key)
        }
    }

    /// Whatever part of the file is missing, it is never taken for a whole one.
    @Test func noTruncationIsAccepted() throws {
        let key = SigningKey()
        let text = try Self.bundle(key).text()
        for length in 0..<text.count {
            #expect(throws: AttestationError.self, "\(length) of \(text.count) bytes") {
                try Self.verify(AttestationBundle(text: Array(text.prefix(length))), key)
            }
        }
    }

    @Test func noChangedByteIsAccepted() throws {
        let key = SigningKey()
        let text = try Self.bundle(key).text()
        let whole = try Self.verify(AttestationBundle(text: text), key)
        for index in stride(from: 0, to: text.count, by: 7) {
            var changed = text
            changed[index] = changed[index] == 65 ? 66 : 65
            let proof = try? Self.verify(AttestationBundle(text: changed), key)
            // The key id is a hint that nothing depends on; all else is signed.
            if let proof { #expect(proof == whole) }
        }
    }

    @Test func oneStatementTwiceIsNoBundle() throws {
        let key = SigningKey()
        let lines = try Self.bundle(key).text().split(separator: 10)
        let twice = Array(lines[0]) + [10] + Array(lines[0]) + [10]
        #expect(throws: AttestationError.self) {
            try Self.verify(AttestationBundle(text: twice), key)
        }
    }

    @Test func readsURLSafeBase64() throws {
        let key = SigningKey()
        let text = String(decoding: try Self.bundle(key).text(), as: UTF8.self)
        // The payload's type has a plus of its own.
        let safe = text.replacing("+", with: "-").replacing("in-toto-json", with: "in-toto+json")
            .replacing("=\"", with: "\"")
        _ = try Self.verify(AttestationBundle(text: Array(safe.utf8)), key)
    }

    @Test func noTrustedKeysAreAnErrorOfTheirOwn() throws {
        try withTemporaryDirectory { directory in
            _ = #expect(throws: AttestationError.noTrustedKeys(directory)) {
                try TrustStore(directory: directory)
            }
        }
    }

    /// What others understand by the format, not only what is understood here.
    @Test func securesystemslibAccepts() throws {
        try withTemporaryDirectory { directory in
            let python = try Self.python(in: directory)
            let key = SigningKey()
            let path = directory + "/bundle.jsonl"
            try DurableFile.write(try Self.bundle(key).text(), to: path)
            try KeyText.pem(key.verifyingKey).write(
                toFile: directory + "/key.pub", atomically: true, encoding: .utf8)
            let script = """
                import json, sys
                from cryptography.hazmat.primitives.serialization import load_pem_public_key
                from securesystemslib.dsse import Envelope
                from securesystemslib.signer import SSlibKey
                key = SSlibKey.from_crypto(load_pem_public_key(open(sys.argv[2], "rb").read()))
                for line in open(sys.argv[1]):
                    envelope = Envelope.from_dict(json.loads(line))
                    accepted = envelope.verify([key], 1)
                    statement = json.loads(envelope.payload)
                    assert statement["_type"] == "https://in-toto.io/Statement/v1"
                    print(key.keyid in accepted, statement["predicateType"])
                """
            let output = try GitCommandLine.output(of: [
                python, "-c", script, path, directory + "/key.pub",
            ])
            #expect(
                output
                    == "True \(TestResultPredicate.type)\nTrue \(VerificationResultPredicate.type)")
        }
    }

    /// An interpreter that has the library: the machine's, or one in a new environment.
    private static func python(in directory: String) throws -> String {
        let probe = ["-c", "import securesystemslib.dsse, cryptography"]
        if (try? GitCommandLine.output(of: ["python3"] + probe)) != nil { return "python3" }
        let environment = directory + "/environment"
        _ = try GitCommandLine.output(of: [
            "python3", "-m", "venv", "--system-site-packages", environment,
        ])
        _ = try GitCommandLine.output(of: [
            environment + "/bin/pip", "install", "-q", "securesystemslib[crypto]==1.3.1",
        ])
        return environment + "/bin/python3"
    }
}
