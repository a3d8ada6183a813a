internal import Foundation

/// Ed25519 keys as PEM (RFC 7468): PKCS #8 for private and SubjectPublicKeyInfo for public keys, as
/// OpenSSL and Python's `cryptography` read and write them (RFC 8410).
package enum KeyText {
    /// DER up to the 32 bytes of the seed (RFC 8410, section 7).
    private static let privatePrefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ]
    /// DER up to the 32 bytes of the public key (RFC 8410, section 4).
    private static let publicPrefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    package static func pem(_ key: SigningKey) -> String {
        armour(privatePrefix + key.seed, label: "PRIVATE KEY")
    }

    package static func pem(_ key: VerifyingKey) -> String {
        armour(publicPrefix + key.rawBytes, label: "PUBLIC KEY")
    }

    package static func signingKey(pem: String) throws(KeyError) -> SigningKey {
        try SigningKey(seed: content(of: pem, label: "PRIVATE KEY", prefix: privatePrefix))
    }

    package static func verifyingKey(pem: String) throws(KeyError) -> VerifyingKey {
        try VerifyingKey(rawBytes: content(of: pem, label: "PUBLIC KEY", prefix: publicPrefix))
    }

    private static func armour(_ der: [UInt8], label: String) -> String {
        let text = Data(der).base64EncodedString(options: [
            .lineLength64Characters, .endLineWithLineFeed,
        ])
        return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n"
    }

    private static func content(
        of pem: String, label: String, prefix: [UInt8]
    ) throws(KeyError) -> [UInt8] {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(" ") }
        guard let first = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let last = lines.firstIndex(of: "-----END \(label)-----"), first < last
        else { throw .notAKey("there is no \(label) block in the PEM text") }
        guard let der = Data(base64Encoded: lines[(first + 1)..<last].joined()) else {
            throw .notAKey("the \(label) block is not base64")
        }
        guard der.count == prefix.count + 32, der.starts(with: prefix) else {
            throw .notAKey("the \(label) block is not an Ed25519 key; no other kind is supported")
        }
        return Array(der.dropFirst(prefix.count))
    }
}
