internal import Digests
internal import Foundation
package import RunModel

/// A signed payload: Dead Simple Signing Envelope, version 1.0.2.
package struct Envelope: Codable, Sendable, Equatable {
    /// Base64 of the payload's bytes.
    package var payload: String
    package var payloadType: String
    package var signatures: [Signature]

    package struct Signature: Codable, Sendable, Equatable {
        /// A hint for finding the key; never a reason to trust it.
        package var keyid: String
        /// Base64.
        package var sig: String
    }

    /// The payload type of in-toto statements.
    package static let statementType = "application/vnd.in-toto+json"

    /// Signs `payload`.
    package init(
        payload: [UInt8], type: String = Envelope.statementType, signer: any Signer
    ) throws {
        self.payload = Data(payload).base64EncodedString()
        payloadType = type
        let signature = try signer.sign(
            Self.preAuthenticationEncoding(type: type, payload: payload))
        signatures = [
            Signature(keyid: signer.keyID, sig: Data(signature).base64EncodedString())
        ]
    }

    /// What is signed: lengths in bytes, so that no two pairs of type and payload are the same.
    package static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    /// The payload, if a trusted key signed exactly these bytes.
    ///
    /// - Throws: `AttestationError.notBase64` or `.untrusted`.
    package func verifiedPayload(trust: TrustStore) throws(AttestationError) -> VerifiedPayload {
        guard let payload = Self.decode(self.payload) else { throw .notBase64("payload") }
        let message = Self.preAuthenticationEncoding(type: payloadType, payload: payload)
        for signature in signatures {
            guard let bytes = Self.decode(signature.sig) else { throw .notBase64("signature") }
            // Every trusted key is tried: the key id in the envelope proves nothing.
            for key in trust.keys where key.isValid(signature: bytes, for: message) {
                return VerifiedPayload(bytes: payload, type: payloadType, keyID: key.keyID)
            }
        }
        throw .untrusted(keyIDs: signatures.map(\.keyid))
    }

    /// Standard and URL-safe base64, with or without padding, as the specification asks of readers.
    private static func decode(_ text: String) -> [UInt8]? {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while !standard.utf8.count.isMultiple(of: 4) { standard += "=" }
        return Data(base64Encoded: standard).map(Array.init)
    }
}

/// Bytes that a trusted key signed.
package struct VerifiedPayload: Sendable, Equatable {
    package let bytes: [UInt8]
    package let type: String
    /// The key that signed, computed from the trusted key itself.
    package let keyID: String
}
