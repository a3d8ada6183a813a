internal import Foundation
internal import Glibc
internal import HTTPTransport

/// A connected pair of sockets, one end each: messages of JSON with bytes after it.
///
/// A message is two lengths of four bytes, most significant first, then the JSON, then the bytes.
struct ForgeChannel: ~Copyable, Sendable {
    private static let jsonBytesMax = 64 << 20
    private static let bodyBytesMax = 1 << 30

    private let descriptor: Int32

    /// Takes the descriptor over.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Returns: two ends; the second is not inherited by programs that are started.
    static func pair() throws(ForgeError) -> (theirs: Int32, ours: Int32) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw failure("making a channel to the forge's process")
        }
        return (ends[0], ends[1])
    }

    borrowing func send(
        _ message: some Encodable, body: [UInt8] = [], redaction: SecretRedaction? = nil
    )
        throws
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        var json = Array(try encoder.encode(message))
        if let redaction {
            json = Array(redaction.text(String(decoding: json, as: UTF8.self)).utf8)
        }
        try write(Self.length(json.count) + Self.length(body.count) + json)
        try write(body)
    }

    /// - Returns: `nil` at the other side's end.
    borrowing func receive<Message: Decodable>(
        _ type: Message.Type
    ) throws -> (message: Message, body: [UInt8])? {
        let head = try read(8)
        guard !head.isEmpty else { return nil }
        let json = try read(
            try Self.length(of: head.prefix(4), max: Self.jsonBytesMax))
        let body = try read(
            try Self.length(of: head.dropFirst(4), max: Self.bodyBytesMax))
        return (try JSONDecoder().decode(type, from: Data(json)), body)
    }

    private static func length(_ count: Int) -> [UInt8] {
        (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }

    private static func length(of bytes: ArraySlice<UInt8>, max: Int) throws(ForgeError) -> Int {
        let value = bytes.reduce(0) { $0 << 8 | Int($1) }
        guard value <= max else {
            throw ForgeError(
                .malformed, operation: "talking", subject: "the forge's process",
                reason: "a message of \(value) bytes is longer than any may be")
        }
        return value
    }

    private borrowing func write(_ bytes: [UInt8]) throws(ForgeError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("talking to the forge's process") }
            offset += count
        }
    }

    /// - Returns: `count` bytes, or none at the end of the stream.
    private borrowing func read(_ count: Int) throws(ForgeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var offset = 0
        while offset < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                recv(descriptor, buffer.baseAddress.map { $0 + offset }, count - offset, 0)
            }
            if got < 0, errno == EINTR { continue }
            if got == 0, offset == 0 { return [] }
            guard got > 0 else { throw Self.failure("talking to the forge's process") }
            offset += got
        }
        return bytes
    }

    private static func failure(_ operation: String) -> ForgeError {
        ForgeError(
            .unreachable, operation: operation, subject: "a socket",
            reason: errno == 0 ? "the other side has ended" : String(cString: strerror(errno)),
            remedy: "Nothing is lost: run it again")
    }
}
