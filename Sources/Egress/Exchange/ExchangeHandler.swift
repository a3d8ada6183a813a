internal import NIOCore
internal import NIOPosix
internal import RunModel

/// Plain HTTP or opened TLS of one sandbox's connection: reads request after request, lets each be
/// judged, and answers from the server, the recording or the cache.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
        /// The next request's head is awaited.
        case reading
        /// The body is gathered first, because it is part of a key.
        case collecting
        /// A connection or a stored answer is awaited.
        case waiting
        case answering
        /// Both sides agreed on a WebSocket: bytes pass.
        case tunnelling
        case closed
    }

    let gateway: EgressGateway
    let name: HostName
    let port: UInt16
    let isTLS: Bool
    private(set) var context: ChannelHandlerContext?
    var state = State.reading
    var input: [UInt8] = []
    var current: Exchange?
    var link: UpstreamLink?
    /// For requests in a proxy's absolute form, which name a host each.
    let closesAfterFirst: Bool

    init(
        gateway: EgressGateway, name: HostName, port: UInt16, isTLS: Bool,
        closesAfterFirst: Bool = false
    ) {
        self.gateway = gateway
        self.name = name
        self.port = port
        self.isTLS = isTLS
        self.closesAfterFirst = closesAfterFirst
    }

    var isWritable: Bool { context?.channel.isWritable ?? true }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: The sandbox's side

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .tunnelling = state { return forward(unwrapInboundIn(data)) }
        input += unwrapInboundIn(data).readableBytesView
        switch state {
        case .reading: readHead()
        case .collecting: collect()
        case .answering: forwardBody()
        case .waiting, .tunnelling, .closed: break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { link?.resume() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .reading where !input.isEmpty:
            gateway.log.refuse(name.text, port: port, rule: "closed before it said what it wants")
        case .collecting, .waiting, .answering:
            record(verdict: "allowed", outcome: "the client closed")
        case .tunnelling: record(verdict: "allowed", outcome: Self.tunnelOutcome)
        case .reading, .closed: break
        }
        state = .closed
        current = nil
        link?.close()
        link = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Half a close while a request is answered is a client that has said all it wants.
        if case .some(.inputClosed) = event as? ChannelEvent, case .reading = state {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isTLS, case .reading = state, current == nil, "\(error)".contains("handshake") {
            gateway.log.refuse(
                name.text, port: port,
                rule: "the client does not trust the run's authority, or broke off its handshake")
        }
        context.close(promise: nil)
    }

    func readHead() {
        guard let context, !input.isEmpty else { return }
        switch HTTPRequestHead.read(input) {
        case .incomplete: return
        case .refused(let reason): refuse("request \(reason)", status: "400 Bad Request")
        case .complete(let head, let count):
            input.removeFirst(count)
            let judge = ExchangeJudge(rules: gateway.rules, credentials: gateway.credentials)
            switch judge.decide(head, for: name, port: port, isTLS: isTLS) {
            case .refuse(let reason, let status):
                refuse(reason, status: status, answersHead: head.method == "HEAD")
            case .allow(let rule, let credential):
                guard !gateway.carriesForeignSecret(head, own: credential) else {
                    return refuse(
                        "the request holds a secret of another host", status: "403 Forbidden")
                }
                begin(head, rule, credential, context)
            }
        }
    }

    private func begin(
        _ head: HTTPRequestHead, _ rule: EgressRule, _ credential: EdgeCredential?,
        _ context: ChannelHandlerContext
    ) {
        var exchange = Exchange(head: head, rule: rule, credential: credential)
        exchange.sent += UInt64(head.target.utf8.count)
        current = exchange
        if head.body != .none,
            head.values("expect").contains(where: { $0.lowercased() == "100-continue" })
        {
            write("HTTP/1.1 100 Continue\r\n\r\n")
        }
        if gateway.keysBodies, head.body != .none {
            state = .collecting
            collect()
        } else {
            look()
        }
    }

    private func collect() {
        guard var exchange = current else { return }
        let taken = exchange.meter.take(input[...]) { exchange.body += $0 }
        guard let taken else {
            return refuse("request has a malformed body", status: "400 Bad Request")
        }
        input.removeFirst(taken)
        current = exchange
        guard exchange.body.count <= RecordingLimits.requestBodyBytes else {
            return refuse(
                "the request's body is larger than a recording's key may be",
                status: "413 Content Too Large")
        }
        if exchange.meter.isDone { look() }
    }

    // MARK: Where the answer comes from

    /// Asks the recording or the cache, off the event loop, and else the server.
    private func look() {
        guard let context, let exchange = current else { return }
        state = .waiting
        pauseReading(true)
        let key = ExchangeKey(
            exchange.head, host: name, port: port, isTLS: isTLS, body: exchange.body)
        current?.key = key
        if let player = gateway.player {
            let found = gateway.threads.runIfActive(eventLoop: context.eventLoop) {
                player.answer(to: key)
            }
            found.assumeIsolated().whenComplete { result in
                guard case .waiting = self.state else { return }
                guard case .success(.some(let answer)) = result else {
                    return self.refuse(
                        "\(key.method) \(ExchangeJudge.shown(key.target)) is not in the recording",
                        status: "504 Gateway Timeout")
                }
                self.give(answer, from: "the recording")
            }
            return
        }
        guard let cache = gateway.cache, exchange.credential == nil,
            let shared = cache.shared(exchange.head)
        else { return dial() }
        current?.shared = shared
        let found = gateway.threads.runIfActive(eventLoop: context.eventLoop) { cache.find(key) }
        found.assumeIsolated().whenComplete { result in
            guard case .waiting = self.state else { return }
            switch result {
            case .success(.fresh(let answer)): self.give(answer, from: "the cache")
            case .success(.stale(let answer, let tag)):
                self.current?.shared?.fields.append(HTTPField(name: "If-None-Match", value: tag))
                self.current?.stale = answer
                self.dial()
            case .success(.miss), .failure: self.dial()
            }
        }
    }

    func dial() {
        guard let context else { return }
        if let link, link.isUsable { return send(on: link) }
        link?.close()
        link = nil
        gateway.link(to: name, port: port, isTLS: isTLS, on: context.eventLoop).assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(.refused(let reason)): self.refuse(reason, status: "403 Forbidden")
                case .failure(let error):
                    self.refuse(
                        "cannot connect to \(self.name):\(self.port): \(error)",
                        status: "502 Bad Gateway")
                case .success(.linked(let link)):
                    guard case .waiting = self.state else { return link.value.close() }
                    self.link = link.value
                    self.send(on: link.value)
                }
            }
    }

    private func send(on link: UpstreamLink) {
        guard let exchange = current else { return }
        current?.address = link.address
        state = .answering
        let head = exchange.outgoing(recording: gateway.recorder != nil)
        var bytes = head.text(link, isTLS: isTLS)
        if !exchange.body.isEmpty { bytes += exchange.body }
        current?.sent = UInt64(bytes.count)
        link.send(head: bytes, method: head.method, for: self)
        guard case .answering = state else { return }
        pauseReading(exchange.meter.isDone)
        forwardBody()
    }

    /// Passes on what came of the body, at the pace at which the server takes it.
    private func forwardBody() {
        guard case .answering = state, let link, !(current?.meter.isDone ?? true), !input.isEmpty
        else { return }
        guard let taken = current?.meter.take(input[...]) else {
            link.close()
            return refuse("request has a malformed body", status: "400 Bad Request")
        }
        if taken > 0, let context {
            current?.sent += UInt64(taken)
            link.write(context.channel.allocator.buffer(bytes: input[..<taken]))
            input.removeFirst(taken)
        }
        pauseReading((current?.meter.isDone ?? true) || !link.isWritable)
    }

    func upstreamTakesMore() {
        switch state {
        case .tunnelling: pauseReading(false)
        case .answering where current?.meter.isDone == false: pauseReading(false)
        default: break
        }
    }

    func refuse(_ reason: String, status: String, answersHead: Bool = false) {
        guard case .closed = state else {
            state = .closed
            gateway.log.refuse(name.text, port: port, rule: reason)
            let text = "drydock: refused: \(reason)\n"
            write(
                "HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n" + (answersHead ? "" : text))
            current = nil
            link?.close()
            link = nil
            closeWhenWritten()
            return
        }
    }

    func closeWhenWritten() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(capacity: 0)))
            .assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    func write(_ text: String) {
        guard let context else { return }
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
    }

    func pauseReading(_ pauses: Bool) {
        _ = try? context?.channel.syncOptions?.setOption(.autoRead, value: !pauses)
    }

    func record(verdict: String, outcome: String) {
        guard let exchange = current else { return }
        let path = ExchangeJudge.shown(exchange.head.target)
        gateway.log.append(
            ConnectionRecord(
                host: name.text, address: exchange.address, port: Int(port), verdict: verdict,
                rule: "\(exchange.rule): \(exchange.head.method) \(path): \(outcome)",
                bytesIn: exchange.received, bytesOut: exchange.sent,
                durationMilliseconds: Double(
                    (NIODeadline.now() - exchange.started).nanoseconds) / 1e6))
    }
}
