internal import CGit2

/// The name of a git object, 20 bytes (SHA-1; other formats are refused when a repository is
/// opened).
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    /// Three words keep it trivially copyable and hashable without going through bytes.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    init(_ id: git_oid) {
        (high, middle, low) = withUnsafeBytes(of: id) { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self).bigEndian
            )
        }
    }

    /// - Parameter text: 40 hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 40 else { return nil }
        var id = git_oid()
        guard git_oid_fromstr(&id, String(text)) == 0 else { return nil }
        self.init(id)
    }

    /// The name that git would give a blob of these bytes.
    init(hashing bytes: [UInt8]) throws(GitError) {
        var id = git_oid()
        let result = bytes.withUnsafeBytes {
            git_odb_hash(&id, $0.baseAddress, $0.count, GIT_OBJECT_BLOB)
        }
        try LibGit2.check(result, "hash", "\(bytes.count) bytes")
        self.init(id)
    }

    /// - Parameter digest: 20 bytes.
    init(digest: UnsafeRawBufferPointer) {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id) {
            $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: digest[..<20]))
        }
        self.init(id)
    }

    var raw: git_oid {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id) { bytes in
            bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return id
    }

    /// Lowercase hexadecimal.
    package var description: String {
        String(unsafeUninitializedCapacity: 40) { text in
            withUnsafeBytes(of: raw) { bytes in
                for (index, byte) in bytes.enumerated() {
                    text[2 * index] = Self.digits[Int(byte >> 4)]
                    text[2 * index + 1] = Self.digits[Int(byte & 15)]
                }
            }
            return 40
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Says which argument was wrong instead of returning `nil`.
    static func parse(_ text: String, operation: String) throws(GitError) -> ObjectID {
        guard let id = ObjectID(text) else {
            throw GitError(
                .invalidArgument, operation: operation, subject: text,
                reason: "it is not an object id of 40 hexadecimal digits",
                remedy: "Resolve a revision first")
        }
        return id
    }
}
