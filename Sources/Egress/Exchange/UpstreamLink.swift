internal import NIOCore
internal import NIOSSL

/// One connection to a server, on which requests go out one after another and whose answers are
/// read strictly. Lives on its channel's event loop, which is that of the sandbox's connection too.
final class UpstreamLink: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case idle
        case head([UInt8])
        case body(HTTPBodyMeter)
        case untilClose
        /// A WebSocket: nothing is read any more.
        case tunnel
        case broken
    }

    let address: String?
    /// Where plain requests go through a proxy of the host's: written in absolute form.
    let proxyAuthorization: String?
    let usesAbsoluteForm: Bool
    private var state = State.idle
    private var method = ""
    private var keepsAlive = true
    private var context: ChannelHandlerContext?
    private var wantsRead = false
    private(set) var isReused = false
    /// Whom answers go to while one is awaited.
    weak var exchange: ExchangeHandler?

    init(address: String?, usesAbsoluteForm: Bool, proxyAuthorization: String?) {
        self.address = address
        self.usesAbsoluteForm = usesAbsoluteForm
        self.proxyAuthorization = proxyAuthorization
    }

    var isUsable: Bool {
        guard case .idle = state, let context else { return false }
        return keepsAlive && context.channel.isActive
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Requests

    func send(head bytes: [UInt8], method: String, for exchange: ExchangeHandler) {
        guard let context else { return exchange.upstreamFailed("the connection is gone") }
        isReused = self.method != ""
        self.method = method
        self.exchange = exchange
        state = .head([])
        write(context.channel.allocator.buffer(bytes: bytes))
    }

    func write(_ buffer: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func close() {
        exchange = nil
        state = .broken
        context?.close(promise: nil)
    }

    /// The sandbox's side takes more again.
    func resume() {
        guard wantsRead else { return }
        wantsRead = false
        context?.read()
    }

    func read(context: ChannelHandlerContext) {
        if exchange?.isWritable ?? true { context.read() } else { wantsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.upstreamTakesMore() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Answers

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Array(unwrapInboundIn(data).readableBytesView)[...]
        while !bytes.isEmpty {
            switch state {
            case .idle, .broken:
                // An answer to nothing: this connection is no longer one to ask on.
                return close()
            case .head(let before):
                let all = before + bytes
                switch HTTPResponseHead.read(all, method: method) {
                case .incomplete:
                    state = .head(all)
                    return
                case .refused(let reason): return fail("the server's answer \(reason)")
                case .complete(let head, let count):
                    bytes = all[count...]
                    guard head.status != 101 else {
                        guard exchange?.isAnswered(by: head) == true else {
                            return fail("the server changes to another protocol")
                        }
                        state = .tunnel
                        keepsAlive = false
                        exchange?.upstreamAgreed(head)
                        continue
                    }
                    // Interim answers are the gateway's own business.
                    guard head.status >= 200 else {
                        state = .head([])
                        continue
                    }
                    begin(head)
                }
            case .body(var meter):
                var payload: [ArraySlice<UInt8>] = []
                guard let count = meter.take(bytes, payload: { payload.append($0) }) else {
                    return fail("the server's answer is framed wrongly")
                }
                state = .body(meter)
                for slice in payload { exchange?.upstreamBody(slice) }
                bytes = bytes.dropFirst(count)
                if meter.isDone { end() }
            case .untilClose:
                exchange?.upstreamBody(bytes)
                bytes = []
            case .tunnel:
                exchange?.upstreamMessage(bytes)
                bytes = []
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.upstreamReadComplete()
        context.fireChannelReadComplete()
    }

    private func begin(_ head: HTTPResponseHead) {
        keepsAlive = head.keepsAlive
        exchange?.upstreamHead(head)
        switch head.body {
        case .untilClose: state = .untilClose
        case .framed(let body):
            let meter = HTTPBodyMeter(body, allowsTrailers: true)
            state = .body(meter)
            if meter.isDone { end() }
        }
    }

    private func end() {
        state = .idle
        let exchange = exchange
        self.exchange = nil
        exchange?.upstreamEnd()
    }

    private func fail(_ reason: String) {
        state = .broken
        let exchange = exchange
        self.exchange = nil
        context?.close(promise: nil)
        exchange?.upstreamFailed(reason)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .untilClose: end()
        case .tunnel:
            state = .broken
            exchange?.upstreamTunnelEnded()
        case .head, .body: fail("the server closed before its answer was complete")
        case .idle, .broken: break
        }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Messages say themselves where they end.
        if case .tunnel = state { return context.close(promise: nil) }
        // A body that ends without TLS's own end could have been cut short by anyone.
        if case .untilClose = state { state = .body(HTTPBodyMeter(.length(1))) }
        fail(Self.reason(error))
    }

    private static func reason(_ error: any Error) -> String {
        if case .some(.uncleanShutdown) = error as? NIOSSLError {
            return "the server closed before its answer was complete"
        }
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidate")
            || text.contains("NoCertificate") || text.contains("noCertificate")
        {
            return "the server's certificate is not one that this host trusts for this name"
        }
        return "TLS or the connection to the server failed: \(text.prefix(200))"
    }
}
