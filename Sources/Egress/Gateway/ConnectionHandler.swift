internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RunModel

/// One connection of the sandbox's: reads just enough to know which name it is for, decides, dials,
/// and then gets out of the way.
final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case sniffing
        case dialling
        case relaying
        case done
    }

    private let gateway: EgressGateway
    private let name: HostName
    private let port: UInt16
    private var state = State.sniffing
    private var received: [UInt8] = []
    /// What came while dialling: goes the way of everything after it.
    private var late: [ByteBuffer] = []
    /// Whether the client said everything before there was somebody to tell.
    private var hasSaidAll = false
    /// Whether the client offered a name that cannot be read beside the one that can.
    private var hidesName = false
    private var context: ChannelHandlerContext?
    /// Whether requests are read, as the rules were when it began.
    private var inspects = false
    private let started = NIODeadline.now()

    /// Ports whose protocol is known: what speaks another one there is refused.
    private static let knownPorts: Set<UInt16> = [80, 443]
    private static let patience = TimeAmount.seconds(10)

    init(gateway: EgressGateway, name: HostName, port: UInt16) {
        self.gateway = gateway
        self.name = name
        self.port = port
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    /// Starts judging; where a proxy's request came first, after that.
    func begin() {
        guard let context else { return }
        // On other ports the server may speak first: there the name alone decides, at once.
        inspects = gateway.inspects(name, port: port)
        gateway.track(context.channel, name: name, port: port, isRead: inspects)
        guard Self.knownPorts.contains(port) || inspects else { return dial(context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in
            guard let self, case .sniffing = self.state, let context = self.context else { return }
            self.refuse(context, "sent nothing to check within 10 s")
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard case .sniffing = state else {
            late.append(bytes)
            return
        }
        received += bytes.readableBytesView
        sniff(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .sniffing = state {
            state = .done
            gateway.log.refuse(name.text, port: port, rule: "closed before it said what it wants")
        }
        context.fireChannelInactive()
    }

    /// Half a close before anything can be judged is a client that has gone.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            hasSaidAll = true
            if case .sniffing = state { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func sniff(_ context: ChannelHandlerContext) {
        if received.first == 22 {
            switch ClientHello.read(received) {
            case .incomplete: return
            case .serverName(let inner, let offersHiddenName) where inner == name:
                if inspects { return openTLS(context) }
                hidesName = offersHiddenName
                dial(context)
            case .serverName(let inner, _):
                refuse(context, "TLS names \(inner), the connection was opened for \(name)")
            case .noServerName: refuse(context, "TLS names no server; it cannot be checked")
            case .refused(let reason): refuse(context, reason)
            }
            return
        }
        switch HTTPRequestHead.beginsLikeRequest(received) {
        case nil: return
        case .some(false): refuse(context, "is neither TLS nor HTTP")
        case .some(true):
            if port == 443 { return refuse(context, "speaks plain HTTP where TLS belongs") }
            read(context, isTLS: false)
        }
    }

    /// Answers in the server's place, with a certificate that only this sandbox trusts.
    private func openTLS(_ context: ChannelHandlerContext) {
        do {
            guard let server = try gateway.serverContext(for: name) else {
                return refuse(
                    context, "its rule needs TLS to be opened, which this sandbox does not trust")
            }
            try context.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: server), position: .after(self))
        } catch {
            return refuse(context, "TLS cannot be opened: \(error)")
        }
        read(context, isTLS: true)
    }

    /// Hands over to the handler that reads every request.
    private func read(_ context: ChannelHandlerContext, isTLS: Bool) {
        do {
            try context.pipeline.syncOperations.addHandler(
                ExchangeHandler(gateway: gateway, name: name, port: port, isTLS: isTLS))
        } catch {
            return refuse(context, "cannot read requests: \(error)")
        }
        state = .done
        let first = context.channel.allocator.buffer(bytes: received)
        received = []
        context.fireChannelRead(wrapInboundOut(first))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func dial(_ context: ChannelHandlerContext) {
        state = .dialling
        _ = try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        gateway.dial(name, port: port, on: context.eventLoop).assumeIsolated().whenComplete {
            result in
            switch result {
            case .success(.refused(let rule)): self.refuse(context, rule)
            case .success(.connected(let upstream, let address, let rule)):
                self.join(context, upstream, address, rule)
            case .failure(let error):
                self.refuse(context, "cannot connect: \(error)", status: "502 Bad Gateway")
            }
        }
    }

    private func join(
        _ context: ChannelHandlerContext, _ upstream: any Channel, _ address: String?,
        _ rule: String
    ) {
        // The sandbox's side may be gone meanwhile.
        guard context.channel.isActive else {
            gateway.log.append(
                ConnectionRecord(
                    host: name.text, address: address, port: Int(port), verdict: "allowed",
                    rule: rule + " (closed before anything was sent)"))
            return upstream.close(promise: nil)
        }
        state = .relaying
        let rule =
            hidesName ? rule + " (offers an encrypted client hello: its name is not seen)" : rule
        let log = gateway.log
        let (name, port, started) = (name, port, started)
        var open = 2
        var handlers: (RelayHandler, RelayHandler)?
        let pair = RelayHandler.pair {
            open -= 1
            guard open == 0, let (inside, outside) = handlers else { return }
            handlers = nil
            log.append(
                ConnectionRecord(
                    host: name.text, address: address, port: Int(port),
                    verdict: "allowed", rule: rule, bytesIn: outside.bytes, bytesOut: inside.bytes,
                    durationMilliseconds: Double((NIODeadline.now() - started).nanoseconds) / 1e6))
        }
        handlers = pair
        do {
            let inside = context.channel.pipeline.syncOperations
            try inside.addHandler(pair.0)
            try upstream.pipeline.syncOperations.addHandler(pair.1)
        } catch {
            return refuse(context, "cannot relay: \(error)")
        }
        let first = context.channel.allocator.buffer(bytes: received)
        received = []
        if first.readableBytes > 0 {
            pair.0.count(first.readableBytes)
            upstream.writeAndFlush(first, promise: nil)
        }
        for buffer in late { context.fireChannelRead(wrapInboundOut(buffer)) }
        late = []
        if hasSaidAll { upstream.close(mode: .output, promise: nil) }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        _ = try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        _ = try? upstream.syncOptions?.setOption(.autoRead, value: true)
    }

    private func refuse(
        _ context: ChannelHandlerContext, _ rule: String, status: String = "403 Forbidden"
    ) {
        guard case .done = state else {
            state = .done
            gateway.log.refuse(name.text, port: port, rule: rule)
            let answer: [UInt8]
            if received.first == 22 {
                answer = [21, 3, 3, 0, 2, 2, 49]  // a fatal alert: access_denied
            } else if HTTPRequestHead.beginsLikeRequest(received) == true {
                let text = "drydock: refused: \(rule)\n"
                answer = Array(
                    "HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"
                        .utf8)
            } else {
                answer = []
            }
            let buffer = context.channel.allocator.buffer(bytes: answer)
            context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
                context.close(promise: nil)
            }
            return
        }
    }
}
