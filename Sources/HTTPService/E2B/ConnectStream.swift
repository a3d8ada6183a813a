internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import NIOCore
internal import Sandboxing

/// The Connect protocol's streams of JSON: every message after 5 bytes, a flag (2 for the last) and
/// a length.
enum ConnectStream {
    static let contentType = "application/connect+json"
    static let frameLimit = 4 << 20
    /// Longer than a sandbox lives: a client's number is not to leave what clocks can hold.
    private static let longestTimeoutMilliseconds = 7 * 24 * 3600 * 1000
    private static let keepaliveHeader = HTTPField.Name("keepalive-ping-interval")
    private static let timeoutHeader = HTTPField.Name("connect-timeout-ms")

    static func frame(_ value: JSONValue, flag: UInt8 = 0) -> ByteBuffer {
        let text = value.text()
        var buffer = ByteBuffer()
        buffer.reserveCapacity(text.utf8.count + 5)
        buffer.writeInteger(flag)
        buffer.writeInteger(UInt32(text.utf8.count))
        buffer.writeString(text)
        return buffer
    }

    static func end(_ error: ServiceError? = nil) -> ByteBuffer {
        guard let error else { return frame(.object([]), flag: 2) }
        return frame(
            [
                "error": [
                    "code": .string(ConnectErrorBody.name(of: error)),
                    "message": .string(error.message),
                ]
            ], flag: 2)
    }

    /// Seconds between signs of life that the client wants.
    static func keepaliveSeconds(_ request: Request) -> Int64 {
        let text = keepaliveHeader.flatMap { request.headers[$0] } ?? ""
        return min(max(Int64(text) ?? 50, 1), 3600)
    }

    /// What the client gives the whole stream; `nil` is no limit. A little less than it says: it
    /// stops reading at that very moment, and would not hear why the stream ends.
    static func timeoutMilliseconds(_ request: Request) -> Int? {
        guard let text = timeoutHeader.flatMap({ request.headers[$0] }), let number = Int(text),
            number > 0
        else { return nil }
        return min(number - min(number / 10, 100), longestTimeoutMilliseconds)
    }

    /// An answer that is a stream; what `body` throws becomes its last frame.
    static func response(
        _ body: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType],
            body: ResponseBody { writer in
                do {
                    try await body(&writer)
                    try await writer.write(end())
                } catch let error as ChannelError {
                    throw error  // the client is gone
                } catch is CancellationError {
                    throw CancellationError()
                } catch let failure as LiveFailure {
                    try await writer.write(end(ServiceError(failure)))
                } catch {
                    try await writer.write(end(ErrorMiddleware.serviceError(error)))
                }
                try await writer.finish(nil)
            })
    }

    /// Messages of a request's body, as they come.
    struct Reader {
        // SAFETY: a reader belongs to the one task that handles the request.
        nonisolated(unsafe) private var iterator: RequestBody.AsyncIterator
        private var buffer = ByteBuffer()

        init(_ body: RequestBody) { iterator = body.makeAsyncIterator() }

        /// `nil` at the end.
        mutating func next() async throws -> JSONValue? {
            while true {
                if let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self) {
                    guard length <= frameLimit else {
                        throw ServiceError.tooLarge(bytes: frameLimit)
                    }
                    if buffer.readableBytes >= 5 + Int(length) {
                        return try take(Int(length))
                    }
                }
                guard var part = try await iterator.next() else {
                    guard buffer.readableBytes == 0 else {
                        throw ServiceError.badRequest("the body ends within a message")
                    }
                    return nil
                }
                buffer.writeBuffer(&part)
                try RequestLoad.current?.holds(bytes: buffer.readableBytes)
            }
        }

        private mutating func take(_ length: Int) throws -> JSONValue? {
            let flag = buffer.readInteger(as: UInt8.self) ?? 0
            buffer.moveReaderIndex(forwardBy: 4)
            guard let message = buffer.readSlice(length: length) else { return nil }
            buffer.discardReadBytes()
            if flag & 2 != 0 { return nil }
            guard flag == 0 else {
                throw ServiceError(
                    .notImplemented, code: "unimplemented",
                    message: "compressed messages are not taken here")
            }
            do { return try JSONValue(parsing: message.readableBytesView) } catch {
                throw ServiceError.badRequest("a message is \(error)")
            }
        }
    }
}
