package import Digests
internal import Foundation
internal import RunModel

/// The public keys whose signatures count.
package struct TrustStore: Sendable {
    package let keys: [VerifyingKey]

    /// - Throws: `AttestationError.noTrustedKeys` when there are none: nothing can be trusted then.
    package init(keys: [VerifyingKey], place: String = "the command line") throws(AttestationError)
    {
        guard !keys.isEmpty else { throw .noTrustedKeys(place) }
        self.keys = keys
    }

    /// Every `*.pub` file (PEM) of a directory. A file that is no key is an error, not passed over.
    package init(directory: String) throws {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: directory))?
            .filter { $0.hasSuffix(".pub") }.sorted() ?? []
        try self.init(
            keys: names.map { try KeyFiles.loadVerifyingKey(at: "\(directory)/\($0)") },
            place: directory)
    }
}

/// Signs with a key of the operator's.
package struct KeySigner: Signer {
    private let key: SigningKey
    package let keyID: String

    package init(_ key: SigningKey) throws(KeyError) {
        self.key = key
        keyID = try key.verifyingKey.keyID
    }

    package func sign(_ bytes: [UInt8]) throws -> [UInt8] { try key.sign(bytes) }
}
