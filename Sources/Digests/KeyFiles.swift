internal import Foundation
internal import Glibc

/// Key files: a private key is created with mode 0600, and refused when others could read it.
package enum KeyFiles {
    /// More than any Ed25519 PEM file needs.
    private static let byteLimit = 16 * 1024

    /// Reads the key at `path`, or makes a new one there; the public key goes to `path.pub`.
    ///
    /// Two processes that start together agree on one key: creation is exclusive.
    package static func loadOrCreate(at path: String) throws(KeyError) -> SigningKey {
        do {
            return try load(at: path)
        } catch KeyError.file(operation: "open", path: path, reason: let reason)
            where reason == errorText(ENOENT)
        {
            let key = SigningKey()
            // A link makes the complete file appear at once, and fails when another was first.
            let partial = "\(path).\(getpid()).new"
            try write(KeyText.pem(key), to: partial, mode: 0o600)
            defer { unlink(partial) }
            if link(partial, path) != 0 {
                guard errno == EEXIST else {
                    throw .file(operation: "link", path: path, reason: errorText(errno))
                }
                return try load(at: path)
            }
            unlink("\(path).pub")
            try write(KeyText.pem(try key.verifyingKey), to: "\(path).pub", mode: 0o644)
            return key
        }
    }

    /// - Throws: `KeyError.unsafePermissions` when the file belongs to someone else than the caller
    ///   or root, or when group or others have any right on it.
    package static func load(at path: String) throws(KeyError) -> SigningKey {
        let (text, status) = try read(path)
        let owned = status.st_uid == geteuid() || status.st_uid == 0
        guard owned, status.st_mode & 0o077 == 0 else {
            throw .unsafePermissions(
                path: path, mode: status.st_mode & 0o7777, owner: status.st_uid)
        }
        return try KeyText.signingKey(pem: text)
    }

    package static func loadVerifyingKey(at path: String) throws(KeyError) -> VerifyingKey {
        try KeyText.verifyingKey(pem: try read(path).text)
    }

    private static func read(_ path: String) throws(KeyError) -> (text: String, status: stat) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw .file(operation: "open", path: path, reason: errorText(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .file(operation: "open", path: path, reason: "it is not a regular file")
        }
        var buffer = [UInt8](repeating: 0, count: byteLimit)
        let count = Glibc.read(descriptor, &buffer, byteLimit)
        guard count >= 0 else {
            throw .file(operation: "read", path: path, reason: errorText(errno))
        }
        return (String(decoding: buffer.prefix(count), as: UTF8.self), status)
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            throw .file(operation: "create", path: path, reason: errorText(errno))
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0
        else { throw .file(operation: "write", path: path, reason: errorText(errno)) }
    }

    private static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
