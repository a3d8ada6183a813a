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

/// Reads frames from a connection to a supervisor, no faster than they are taken. What a long data
/// frame carries is passed on as it comes, without being put together.
final class LiveConnectionHandler: ChannelDuplexHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let messages = PullQueue<LiveMessage>()
    private let reading = Mutex(Reading())

    private struct Reading {
        /// The beginning of a frame whose rest has not come.
        var held = ByteBuffer()
        /// The long data frame that is being passed on, and how many of its bytes are to come.
        var passing: (stream: UInt8, bytes: Int)?
    }

    /// A shorter data frame stays whole: it is one write of a program.
    private static let longFrameBytes = 32_768
    private static let messageBytes = 64
    /// Length, kind and stream.
    private static let headerBytes = 6

    func read(context: ChannelHandlerContext) {
        if messages.mayRead() { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        reading.withLock { reading in
            do { try decode(&buffer, &reading) } catch { messages.fail(error) }
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

    private func decode(_ buffer: inout ByteBuffer, _ reading: inout Reading) throws {
        while true {
            if let (stream, rest) = reading.passing {
                let count = min(rest, buffer.readableBytes)
                guard count > 0, let bytes = buffer.readSlice(length: count) else { return }
                reading.passing = count == rest ? nil : (stream, rest - count)
                messages.push(.data(stream: stream, bytes), bytes: count + Self.messageBytes)
            } else if reading.held.readableBytes == 0 {
                guard try missingBytes(buffer) == 0 else {
                    reading.held = buffer
                    return
                }
                reading.passing = try takeFrame(&buffer)
            } else {
                let missing = min(try missingBytes(reading.held), buffer.readableBytes)
                if missing > 0, var bytes = buffer.readSlice(length: missing) {
                    reading.held.writeBuffer(&bytes)
                } else if try missingBytes(reading.held) == 0 {
                    reading.passing = try takeFrame(&reading.held)
                } else {
                    return
                }
            }
        }
    }

    /// How many bytes are missing before the frame at the front can be taken.
    private func missingBytes(_ buffer: ByteBuffer) throws -> Int {
        let start = buffer.readerIndex
        guard let length = buffer.getInteger(at: start, as: UInt32.self),
            let number = buffer.getInteger(at: start + 4, as: UInt8.self)
        else { return 5 - buffer.readableBytes }
        guard let kind = LiveFrame.Kind(rawValue: number), length >= 1,
            length <= LiveFrame.byteLimit
        else { throw LiveProtocolError() }
        let needed = Self.isPassedOn(kind, length) ? Self.headerBytes : 4 + Int(length)
        return max(0, needed - buffer.readableBytes)
    }

    private static func isPassedOn(_ kind: LiveFrame.Kind, _ length: UInt32) -> Bool {
        kind == .data && length > longFrameBytes
    }

    /// - Returns: bytes that are to be passed on after it, and their stream.
    private func takeFrame(_ buffer: inout ByteBuffer) throws -> (stream: UInt8, bytes: Int)? {
        guard let length = buffer.readInteger(as: UInt32.self),
            let kind = buffer.readInteger(as: UInt8.self).flatMap(LiveFrame.Kind.init)
        else { throw LiveProtocolError() }
        if Self.isPassedOn(kind, length) {
            guard let stream = buffer.readInteger(as: UInt8.self) else { throw LiveProtocolError() }
            return (stream, Int(length) - 2)
        }
        guard var frame = buffer.readSlice(length: Int(length) - 1) else {
            throw LiveProtocolError()
        }
        try take(kind, &frame)
        return nil
    }

    private func take(_ kind: LiveFrame.Kind, _ frame: inout ByteBuffer) throws {
        // With what a message takes beside them: very many of a byte each are not to fill the memory.
        let bytes = frame.readableBytes + Self.messageBytes
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
