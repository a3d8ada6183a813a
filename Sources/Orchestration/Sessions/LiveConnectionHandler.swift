internal import Glibc
package import JSONText
package import NIOCore
internal import Sandboxing
internal import Synchronization

/// A frame that a sandbox's supervisor sent.
package enum LiveMessage: Sendable {
    case reply(JSONValue)
    case event(JSONValue)
    /// Bytes of one of `LiveFrame.Stream`.
    case data(stream: UInt8, ByteBuffer)
    case end
}

/// Reads frames from a connection to a supervisor, no faster than they are taken.
final class LiveConnectionHandler: ChannelDuplexHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let messages = PullQueue<LiveMessage>()
    private let incoming = Mutex(ByteBuffer())

    func read(context: ChannelHandlerContext) {
        if messages.mayRead() { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        incoming.withLock { incoming in
            if incoming.readableBytes == 0 {
                incoming = buffer
            } else {
                incoming.writeBuffer(&buffer)
            }
            do { try decode(&incoming) } catch { messages.fail(error) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        messages.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A supervisor that ends with something unread resets the connection: an end like any other.
        if (error as? IOError)?.errnoCode == ECONNRESET {
            messages.finish()
        } else {
            messages.fail(error)
        }
        context.close(promise: nil)
    }

    private func decode(_ incoming: inout ByteBuffer) throws {
        while let length = incoming.getInteger(at: incoming.readerIndex, as: UInt32.self) {
            guard length >= 1, length <= LiveFrame.byteLimit else { throw LiveProtocolError() }
            guard incoming.readableBytes >= 4 + Int(length) else { return }
            incoming.moveReaderIndex(forwardBy: 4)
            guard var frame = incoming.readSlice(length: Int(length)),
                let kind = frame.readInteger(as: UInt8.self).flatMap(LiveFrame.Kind.init)
            else { throw LiveProtocolError() }
            try take(kind, &frame)
        }
    }

    private func take(_ kind: LiveFrame.Kind, _ frame: inout ByteBuffer) throws {
        let bytes = frame.readableBytes
        switch kind {
        case .data:
            guard let stream = frame.readInteger(as: UInt8.self) else { throw LiveProtocolError() }
            messages.push(.data(stream: stream, frame), bytes: bytes)
        case .reply:
            messages.push(.reply(try JSONValue(parsing: frame.readableBytesView)), bytes: bytes)
        case .event:
            messages.push(.event(try JSONValue(parsing: frame.readableBytesView)), bytes: bytes)
        case .end: messages.push(.end, bytes: 0)
        case .failure:
            let value = try JSONValue(parsing: frame.readableBytesView)
            messages.fail(
                LiveFailure(
                    LiveFailure.Code(rawValue: value["code"]?.stringValue ?? "") ?? .internal,
                    value["message"]?.stringValue ?? "the sandbox gave no reason"))
        case .request: throw LiveProtocolError()
        }
    }
}

/// A supervisor that does not keep to the format: of another version, or broken.
struct LiveProtocolError: Error, CustomStringConvertible {
    var description: String { "the sandbox's supervisor answered in a way that is not understood" }
}
