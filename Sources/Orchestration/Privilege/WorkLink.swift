internal import Foundation
internal import Glibc
internal import Synchronization

/// A stream of JSON documents over a Unix socket between the part of a service that parses requests
/// and the part that has privilege. A document is its length (4 bytes, big-endian) and its bytes.
package final class WorkLink: Sendable {
    /// More is a fault of the other side.
    private static let byteLimit = 128 << 20
    private let descriptor: CInt
    private let writing = Mutex(())

    /// - Parameter descriptor: a connected stream socket, closed with this object.
    package init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// Both ends of a new one; close-on-exec.
    package static func pair() throws -> (CInt, CInt) {
        var pair: [CInt] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw WorkLinkError(reason: String(cString: strerror(errno)))
        }
        return (pair[0], pair[1])
    }

    package func send(_ value: some Encodable) throws {
        let body = try JSONEncoder().encode(value)
        guard body.count <= Self.byteLimit else {
            throw WorkLinkError(reason: "a message has \(body.count) bytes")
        }
        let length = UInt32(body.count)
        let head = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
        try writing.withLock { _ in
            try write(head[...])
            try body.withUnsafeBytes { try write($0) }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw WorkLinkError(reason: String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }

    /// The next document; `nil` at the end. Waits, on a thread that may block; one at a time.
    package func receive<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        guard let head = try read(4) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.byteLimit, let body = try read(length) else {
            throw WorkLinkError(reason: "a message is cut off, or too long")
        }
        return try JSONDecoder().decode(type, from: Data(body))
    }

    private func read(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: done), count - done)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw WorkLinkError(reason: String(cString: strerror(errno))) }
            if got == 0 {
                guard done == 0 else { throw WorkLinkError(reason: "a message is cut off") }
                return nil
            }
            done += got
        }
        return bytes
    }
}

/// The other part of the service is gone, or does not keep to the format.
package struct WorkLinkError: Error, Sendable, CustomStringConvertible {
    var reason: String
    package var description: String { "the connection within the service failed: \(reason)" }
}
