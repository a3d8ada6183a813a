package import JSONText
package import NIOCore
internal import NIOPosix
internal import Sandboxing

/// One request to a sandbox's supervisor, and what comes back. Ends with this object.
package final class LiveCall: Sendable {
    private let channel: any Channel
    private let handler: LiveConnectionHandler

    private init(channel: any Channel, handler: LiveConnectionHandler) {
        self.channel = channel
        self.handler = handler
    }

    deinit { channel.close(promise: nil) }

    /// Connects and sends the request.
    ///
    /// - Throws: `LiveFailure` with `notFound` when there is no such sandbox any more.
    package static func open(socket path: String, _ request: JSONValue) async throws -> LiveCall {
        let handler = LiveConnectionHandler()
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.maxMessagesPerRead, value: 4)
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(
                        minimum: 1024, initial: 4096, maximum: 262_144)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(unixDomainSocketPath: path).get()
        } catch let error as IOError where [2, 111].contains(error.errnoCode) {
            throw LiveFailure(.notFound, "the sandbox was not found")
        }
        let call = LiveCall(channel: channel, handler: handler)
        try await call.write(LiveFrame.encode(.request, request))
        return call
    }

    /// The next message; `nil` when the supervisor has closed the connection.
    package func next() async throws -> LiveMessage? {
        switch try await handler.messages.take(from: channel) {
        case .message(let message): message
        case .nothing, .end: nil
        }
    }

    /// The same, or `nothing` when none comes within the time.
    package func next(within limit: TimeAmount) async throws -> PullQueue<LiveMessage>.Taken {
        try await handler.messages.take(from: channel, within: limit)
    }

    /// The first frame, which every request is answered with.
    package func reply() async throws -> JSONValue {
        guard let message = try await next() else {
            throw LiveFailure(.unavailable, "the sandbox ended before it answered")
        }
        guard case .reply(let value) = message else { throw LiveProtocolError() }
        return value
    }

    /// Bytes of a data frame on the way in.
    package func send(_ bytes: ByteBuffer) async throws {
        var frame = channel.allocator.buffer(capacity: 5)
        frame.writeBytes(LiveFrame.header(.data, payloadBytes: bytes.readableBytes))
        channel.write(frame, promise: nil)
        try await write(bytes)
    }

    package func sendEnd() async throws { try await write(LiveFrame.encode(.end)) }

    private func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }

    private func write(_ bytes: ByteBuffer) async throws {
        do { try await channel.writeAndFlush(bytes) } catch {
            // The other end has closed after it said why: that is what counts.
            while let message = try await next() {
                if case .end = message { break }
            }
            throw LiveFailure(.unavailable, "the sandbox ended before it had all of the request")
        }
    }

    package func close() { channel.close(promise: nil) }
}
