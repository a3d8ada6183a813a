internal import Crypto

/// Object ids as git computes them in a SHA-1 repository: for naming content, not for security.
package enum GitObjectDigest {
    /// The id that git gives to a blob with this content, in hexadecimal.
    package static func blob(_ content: [UInt8]) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(content.count)\0".utf8))
        hash.update(data: content)
        return Hexadecimal.encode(hash.finalize())
    }
}
