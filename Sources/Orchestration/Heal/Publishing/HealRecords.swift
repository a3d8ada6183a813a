package import Attestations
internal import Digests
internal import Foundation
package import RunModel

/// What the loop leaves behind for whoever checks it later: the audit log and the attestations.
package struct HealRecords: Sendable {
    /// Receives every event after the store did, before anything follows from it.
    package var audit: (any EventSink)?
    /// The audit log's signed end.
    package var auditHead: @Sendable () throws -> AuditLogHead? = { nil }
    /// Signs what was verified, and says where the bundle is; `nil` attests nothing.
    package var attest:
        (
            @Sendable (VerificationReport, AttestationBundle.Bindings) throws -> String
        )?

    package init() {}

    /// Files below the operator's state directory, signed with the operator's key.
    package static func files(
        in directory: String, signer: any Signer
    ) -> HealRecords {
        var records = HealRecords()
        let log = directory + "/audit.jsonl"
        records.audit = AuditLog(path: log, signer: signer)
        records.auditHead = { try AuditLog.head(path: log) }
        records.attest = { report, bindings in
            var bindings = bindings
            bindings.auditHead = try AuditLog.head(path: log)?.digest
            let bundle = try AttestationBundle(report: report, bindings: bindings, signer: signer)
            let folder = directory + "/attestations"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let path = "\(folder)/\(report.tree).intoto.jsonl"
            try DurableFile.write(try bundle.text(), to: path)
            return path
        }
        return records
    }

    /// `sha256:` and the digest of an attestation's file: what a pull request can name.
    static func digest(ofAttestation path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            "sha256:" + SHA256Digest(of: Array($0)).hexadecimal
        }
    }
}
