internal import Digests
internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import NIOCore
internal import Synchronization

/// Bodies by their digest, in one folder. A body is whole when it stands under its name.
struct BodyStore: Sendable {
    let folder: String

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    /// For reading only.
    init(existing folder: String) { self.folder = folder }

    func path(_ digest: String) -> String { folder + "/" + digest }

    /// Reads a body and checks that it is the one it is named after.
    ///
    /// - Returns: `nil` when it is not there, or another.
    func read(_ digest: String, bytes expected: Int) -> ByteBuffer? {
        guard AnswerRecord.isDigest(digest),
            let file = try? OwnedDescriptor.open(path(digest), flags: O_RDONLY | O_NOFOLLOW)
        else { return nil }
        var buffer = ByteBufferAllocator().buffer(capacity: expected)
        var builder = DigestBuilder()
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while buffer.readableBytes <= expected {
            let count = Glibc.read(file.raw, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            builder.add(Array(chunk[..<count]))
            buffer.writeBytes(chunk[..<count])
        }
        guard buffer.readableBytes == expected, builder.finish().hexadecimal == digest else {
            return nil
        }
        return buffer
    }
}

/// A body that is being received: out of sight until it is whole, gone when it is dropped.
final class PendingBody {
    private let store: BodyStore
    private let path: String
    private let file: OwnedDescriptor
    private var builder = DigestBuilder()
    private(set) var bytes = 0
    private var isKept = false

    init(in store: BodyStore) throws {
        self.store = store
        path = store.folder + "/.partial-" + UUID().uuidString
        file = try OwnedDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    }

    deinit { if !isKept { unlink(path) } }

    func append(_ slice: ArraySlice<UInt8>) throws {
        let chunk = Array(slice)
        try file.writeAll(chunk, to: path)
        builder.add(chunk)
        bytes += chunk.count
    }

    /// Puts the body under its name.
    func finish() throws -> String {
        let digest = builder.finish().hexadecimal
        builder = DigestBuilder()
        guard rename(path, store.path(digest)) == 0 else {
            throw SystemError(operation: "rename", subject: path, errorNumber: errno)
        }
        isKept = true
        return digest
    }
}
