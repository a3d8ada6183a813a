internal import Crypto

/// A SHA-256 digest (FIPS 180-4): 32 bytes, compared by value.
package struct SHA256Digest: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// The digest of `content`.
    package init(of content: some Sequence<UInt8>) {
        var hash = SHA256()
        hash.update(data: Array(content))
        bytes = Array(hash.finalize())
    }

    /// The digest of a text's UTF-8.
    package init(of text: String) { self.init(of: text.utf8) }

    fileprivate init(finished bytes: [UInt8]) { self.bytes = bytes }

    /// Lowercase hexadecimal, 64 characters.
    package var hexadecimal: String { Hexadecimal.encode(bytes) }

    package var description: String { hexadecimal }
}

/// Digests content that arrives in pieces.
///
/// Fields are length-prefixed by `add(field:)`, so that two different lists of fields never have
/// the same digest.
package struct DigestBuilder: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// Adds one field of a list: its byte length in decimal, a colon, its bytes (a netstring).
    package mutating func add(field: String) {
        let bytes = Array(field.utf8)
        hash.update(data: Array("\(bytes.count):".utf8))
        hash.update(data: bytes)
    }

    package consuming func finish() -> SHA256Digest {
        SHA256Digest(finished: Array(hash.finalize()))
    }
}
