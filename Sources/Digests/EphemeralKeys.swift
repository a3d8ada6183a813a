internal import Crypto

/// Keys that live as long as a run and are on no disk.
package enum EphemeralKeys {
    /// A new P-256 private key (FIPS 186-5) as PEM in PKCS #8, as certificate libraries read it.
    package static func p256PEM() -> String { P256.Signing.PrivateKey().pemRepresentation }
}

/// SHA-1, where a file format demands it; nothing is trusted because of it.
package enum FormatDigest {
    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: bytes))
    }

    /// HMAC-SHA1 (RFC 2104), by which OpenSSH hides names in its files of known hosts.
    package static func hmacSHA1(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }
}
