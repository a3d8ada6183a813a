import Foundation
import JSONText
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Orchestration

/// The service's end of the wire to a supervisor, whatever pieces it comes in.
@Suite struct LiveCallTests {
    /// A socket that sends the pieces, each by itself, to whoever connects.
    private func answering(_ pieces: [[UInt8]]) async throws -> LiveCall {
        let path = NSTemporaryDirectory() + "call-\(UUID().uuidString.prefix(8))"
        let accepted = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        PieceSender(pieces: pieces, accepted: accepted))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        defer {
            server.close(promise: nil)
            unlink(path)
        }
        let call = try await LiveCall.open(socket: path, ["op": "start"])
        try await accepted.futureResult.get()
        return call
    }

    private final class PieceSender: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let pieces: [[UInt8]]
        let accepted: EventLoopPromise<Void>
        init(pieces: [[UInt8]], accepted: EventLoopPromise<Void>) {
            (self.pieces, self.accepted) = (pieces, accepted)
        }

        func channelActive(context: ChannelHandlerContext) {
            accepted.succeed()
            let channel = context.channel
            for (number, piece) in pieces.enumerated() {
                channel.eventLoop.scheduleTask(in: .microseconds(Int64(number) * 200)) {
                    channel.writeAndFlush(ByteBuffer(bytes: piece), promise: nil)
                }
            }
        }
    }

    private func frame(_ kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = UInt32(payload.count + 1)
        return withUnsafeBytes(of: length.bigEndian) { Array($0) } + [kind] + payload
    }

    /// Short frames whole, long ones as they come, in order, of random sizes cut at random places.
    @Test(arguments: 0..<8) func framesComeWholeWhateverTheCut(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var wire = frame(4, Array("{\"pid\":1}".utf8))
        var sent: [UInt8: [UInt8]] = [1: [], 2: []]
        var short: [[UInt8]] = []
        for number in 0..<40 {
            let size = [0, 1, 5, 300, 32_766, 32_767, 32_768, 70_000][
                Int.random(in: 0..<8, using: &random)]
            let stream: UInt8 = Bool.random(using: &random) ? 1 : 2
            let bytes = [UInt8](repeating: UInt8(number), count: size)
            wire += frame(2, [stream] + bytes)
            sent[stream]? += bytes
            if size < 32_000 { short.append(bytes) }
        }
        wire += frame(5, Array("{\"exit_code\":0}".utf8)) + frame(3, [])
        var pieces: [[UInt8]] = []
        var place = 0
        while place < wire.count {
            let size = [1, 3, 6, 1000, 50_000][Int.random(in: 0..<5, using: &random)]
            pieces.append(Array(wire[place..<min(wire.count, place + size)]))
            place += size
        }
        let call = try await answering(pieces)
        #expect(try await call.reply()["pid"]?.integerValue == 1)
        var came: [UInt8: [UInt8]] = [1: [], 2: []]
        var cameShort: [[UInt8]] = []
        var end: Int?
        reading: while let message = try await call.next() {
            switch message {
            case .data(let stream, let bytes):
                came[stream]? += Array(bytes.readableBytesView)
                cameShort.append(Array(bytes.readableBytesView))
            case .event(let value): end = value["exit_code"]?.integerValue
            case .end: break reading
            case .reply: Issue.record("a second reply")
            }
        }
        #expect(came == sent && end == 0)
        for bytes in short { #expect(cameShort.contains(bytes), "\(bytes.count) bytes") }
    }

    /// What is no frame ends the call with an error.
    @Test(arguments: [
        [0, 0, 0, 0, 2], [255, 255, 255, 255, 2], [0, 0, 0, 2, 9, 1], [0, 0, 0, 2, 1, 1],
    ])
    func whatIsNoFrameIsRefused(bytes: [UInt8]) async throws {
        let call = try await answering([frame(4, Array("{}".utf8)), bytes])
        _ = try await call.reply()
        await #expect(throws: LiveProtocolError.self) { try await call.next() }
    }
}
