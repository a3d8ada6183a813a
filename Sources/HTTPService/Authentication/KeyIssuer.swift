internal import Digests
internal import Foundation
package import RunStore

/// Makes keys, and takes them apart.
///
/// The text is `e2b_`, 16 hexadecimal characters that name the key and 48 that are the secret. The
/// prefix is what E2B's clients check before they send anything.
package enum KeyIssuer {
    private static let prefix = "e2b_"
    private static let nameLength = 16
    private static let secretLength = 48

    /// A new key: `text` is shown once, `record` is kept.
    package static func issue(
        name: String, tenant: String, scopes: [KeyScope], now: String, expiresAt: String? = nil
    ) -> (text: String, record: ServiceKeyRecord) {
        let id = RandomText.hexadecimal(bytes: nameLength / 2)
        let secret = RandomText.hexadecimal(bytes: secretLength / 2)
        let record = ServiceKeyRecord(
            id: "key-" + id, tenant: tenant, name: name, scopes: scopes.map(\.rawValue),
            secretDigest: SHA256Digest(of: secret).hexadecimal, createdAt: now,
            expiresAt: expiresAt)
        return (prefix + id + secret, record)
    }

    /// Which key a text claims to be, and its secret's digest; `nil` when it has not the shape.
    static func parts(of text: String) -> (id: String, secretDigest: String)? {
        guard text.hasPrefix(prefix),
            text.utf8.count == prefix.utf8.count + nameLength + secretLength
        else { return nil }
        let rest = text.dropFirst(prefix.count)
        guard rest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        return (
            "key-" + rest.prefix(nameLength),
            SHA256Digest(of: String(rest.suffix(secretLength))).hexadecimal
        )
    }
}

/// Random text for names and secrets, from the kernel (getrandom(2)).
enum RandomText {
    static func hexadecimal(bytes count: Int) -> String { Hexadecimal.encode(bytes(count)) }

    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
