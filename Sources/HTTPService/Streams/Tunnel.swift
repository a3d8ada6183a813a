internal import NIOCore

/// Bytes in both ways between a client's connection and a program inside a sandbox, after both have
/// agreed to speak something else than HTTP (RFC 9110, 7.8).
///
/// Stands before everything that reads HTTP: from then on nothing else sees what comes, and nothing
/// else writes. Neither side is read faster than the other takes it. Both are on one event loop.
final class TunnelEntrance: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var context: ChannelHandlerContext?
    private var exit: TunnelExit?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        exit?.close()
        exit = nil
    }

    /// - Parameter first: what the client gets at once: the answer that agrees.
    func open(to exit: TunnelExit, first: ByteBuffer) {
        guard let context else { return exit.close() }
        self.exit = exit
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(first)), promise: nil)
        pull()
    }

    func send(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }
    func pull() { if exit?.isWritable == true { context?.read() } }
    func close() { context?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exit else { return context.fireChannelRead(data) }
        exit.send(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if exit == nil { context.fireChannelReadComplete() } else { pull() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let exit {
            exit.pull()
        } else {
            context.fireChannelWritabilityChanged()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        exit?.close()
        exit = nil
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) { if exit == nil { context.read() } }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if exit == nil {
            context.write(data, promise: promise)
        } else {
            promise?.succeed()
        }
    }
}

/// The other end: a connection to the program, which first answers whether it agrees.
final class TunnelExit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a program's answer may take until its empty line.
    private static let headLimit = 32 << 10
    private var context: ChannelHandlerContext?
    private var head = ByteBuffer()
    private var entrance: TunnelEntrance?
    private let answered: EventLoopPromise<ByteBuffer>
    /// Fulfilled when the program's side is closed.
    private let ended: EventLoopPromise<Void>

    /// - Parameter answered: gets the program's first answer, and what came with it.
    init(answered: EventLoopPromise<ByteBuffer>, ended: EventLoopPromise<Void>) {
        self.answered = answered
        self.ended = ended
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func open(from entrance: TunnelEntrance) { self.entrance = entrance }

    func send(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }
    func pull() { if entrance?.isWritable == true { context?.read() } }
    func close() { context?.close(promise: nil) }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if let entrance { return entrance.send(bytes) }
        head.writeBuffer(&bytes)
        if head.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) != nil {
            answered.succeed(head)
        } else if head.readableBytes > Self.headLimit {
            answered.fail(ChannelError.inputClosed)
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if entrance == nil { context.read() } else { pull() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { entrance?.pull() }

    func channelInactive(context: ChannelHandlerContext) {
        answered.fail(ChannelError.inputClosed)
        entrance?.close()
        entrance = nil
        ended.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
