internal import Crypto
internal import Foundation

/// An Ed25519 public key (RFC 8032).
package struct VerifyingKey: Sendable, Hashable {
    /// The 32 bytes of the key.
    package let rawBytes: [UInt8]

    /// - Throws: `KeyError.notAKey` when the bytes are no Ed25519 public key.
    package init(rawBytes: [UInt8]) throws(KeyError) {
        do {
            _ = try Curve25519.Signing.PublicKey(rawRepresentation: rawBytes)
        } catch {
            throw .notAKey("\(rawBytes.count) bytes are no Ed25519 public key")
        }
        self.rawBytes = rawBytes
    }

    /// The key id that The Update Framework and securesystemslib compute for an Ed25519 key: the
    /// SHA-256 of its canonical JSON. A hint for finding the key, never a reason to trust it.
    package var keyID: String {
        let hexadecimal = Hexadecimal.encode(rawBytes)
        return SHA256Digest(
            of: #"{"keytype":"ed25519","keyval":{"public":"\#(hexadecimal)"},"scheme":"ed25519"}"#
        ).hexadecimal
    }

    package func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: rawBytes) else {
            return false
        }
        return key.isValidSignature(signature, for: message)
    }
}

/// An Ed25519 private key. It is never printed, encoded into a document or put into a sandbox.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key from the system's random source.
    package init() { key = Curve25519.Signing.PrivateKey() }

    /// - Parameter seed: the 32 bytes that RFC 8032 calls the private key.
    /// - Throws: `KeyError.notAKey` for any other length.
    package init(seed: [UInt8]) throws(KeyError) {
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            throw .notAKey("\(seed.count) bytes are no Ed25519 private key")
        }
    }

    var seed: [UInt8] { Array(key.rawRepresentation) }

    package var verifyingKey: VerifyingKey {
        get throws(KeyError) {
            try VerifyingKey(rawBytes: Array(key.publicKey.rawRepresentation))
        }
    }

    /// 64 bytes. The library adds randomness, so two signatures of one message may differ.
    package func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        do {
            return Array(try key.signature(for: message))
        } catch {
            throw .signing("\(error)")
        }
    }
}

/// A key could not be read, written or used: what, and what to do.
package enum KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    case notAKey(String)
    case signing(String)
    /// The system refused: operation, path, reason.
    case file(operation: String, path: String, reason: String)
    case unsafePermissions(path: String, mode: UInt32, owner: UInt32)

    package var description: String {
        switch self {
        case .notAKey(let reason): "not an Ed25519 key: \(reason)"
        case .signing(let reason): "signing failed: \(reason)"
        case .file(let operation, let path, let reason):
            "\(operation) of key file \(path) failed: \(reason)"
        case .unsafePermissions(let path, let mode, let owner):
            "key file \(path) has mode \(String(mode, radix: 8)) and owner \(owner): "
                + "it must belong to you and be closed to everyone else (chmod 600)"
        }
    }
}
