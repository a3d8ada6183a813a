internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOSSL

/// What a connection must keep to, below every route.
///
/// - A request whose length could be read in two ways is refused before anything sees it, and
///   nothing after it is read (RFC 9112, 6.1 and 11.2: request smuggling).
/// - An answer with `Connection: close` ends the connection: what is left of the request is not
///   waited for.
/// - A client that takes nothing of what is written to it for a while is gone; its buffers are not
///   held for as long as it likes.
/// - One that waits for nothing makes room for who asks (`WaitingConnections`).
final class ConnectionRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let transferEncoding = HTTPField.Name("transfer-encoding")
    private let stalledWriteLimit: TimeAmount
    private var stalledWrite: Scheduled<Void>?
    private let waiting: WaitingConnections
    private var waitingNumber: UInt64?
    private var isRefused = false
    private var closesAfterAnswer = false
    /// Called when the client goes away before it has its answer.
    var onClientGone: (@Sendable () -> Void)?

    init(stalledWriteSeconds: Int, waiting: WaitingConnections) {
        stalledWriteLimit = .seconds(Int64(stalledWriteSeconds))
        self.waiting = waiting
    }

    /// Tunnels begin before everything that reads HTTP, and behind what reads TLS.
    func handlerAdded(context: ChannelHandlerContext) {
        waitingNumber = waiting.opened(context.channel)
        let pipeline = context.pipeline.syncOperations
        let tls = try? pipeline.handler(type: NIOSSLServerHandler.self)
        try? pipeline.addHandler(
            TunnelEntrance(), position: tls.map { .after($0) } ?? .first)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        if case .head(let request) = unwrapInboundIn(data) {
            if let number = waitingNumber { waiting.asks(number) }
            guard Self.isClear(request) else {
                isRefused = true
                refuse(context)
                return
            }
        }
        context.fireChannelRead(data)
    }

    private static func isClear(_ request: HTTPRequest) -> Bool {
        guard let name = transferEncoding else { return true }
        let encodings = request.headerFields[values: name]
        if encodings.isEmpty { return true }
        return encodings.count == 1 && encodings[0].lowercased() == "chunked"
            && request.headerFields[.contentLength] == nil
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let head = HTTPResponse(
            status: .badRequest, headerFields: [.connection: "close", .contentLength: "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response):
            closesAfterAnswer = response.headerFields[.connection] == "close"
        case .end where closesAfterAnswer:
            onClientGone = nil
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
            return
        case .end:
            onClientGone = nil
            if waitingNumber != nil { waitingNumber = waiting.waits(context.channel) }
        default: break
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalledWrite?.cancel()
        stalledWrite = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stalledWrite = context.eventLoop.scheduleTask(in: stalledWriteLimit) {
                channel.close(mode: .all, promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// A client that closes its side waits for no answer: none of HTTP/1.1's half-closes.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { clientIsGone() }
        context.fireUserInboundEventTriggered(event)
    }

    private func clientIsGone() {
        let told = onClientGone
        onClientGone = nil
        told?()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stalledWrite?.cancel()
        if let number = waitingNumber { waiting.closed(number) }
        waitingNumber = nil
        clientIsGone()
        context.fireChannelInactive()
    }
}
