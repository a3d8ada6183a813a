internal import NIOCore
internal import RunModel

/// For clients that want to be told of a proxy: HTTP CONNECT (RFC 9110, section 9.3.6) and SOCKS5
/// with a domain name (RFC 1928). What comes out is a connection to a name and a port, judged like
/// every other. The port exists in one sandbox's network only, so it needs no password.
final class ProxyHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let port: UInt16 = 3128
    private static let byteLimit = 8 << 10

    private enum State {
        case greeting
        case socksRequest
        case done
    }

    private let gateway: EgressGateway
    private var state = State.greeting
    private var received: [UInt8] = []

    init(gateway: EgressGateway) { self.gateway = gateway }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = state { return context.fireChannelRead(data) }
        received += unwrapInboundIn(data).readableBytesView
        advance(context)
    }

    /// Half a close before a whole request is a client that has gone: nobody else would notice.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            if case .done = state {} else { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func advance(_ context: ChannelHandlerContext) {
        guard received.count <= Self.byteLimit else {
            return refuse(context, "", 0, "proxy request is oversize", answer: [])
        }
        switch state {
        case .done: return
        case .greeting where received.first == 5:
            guard received.count >= 2, received.count >= 2 + Int(received[1]) else { return }
            let methods = received[2..<2 + Int(received[1])]
            received.removeFirst(2 + methods.count)
            guard methods.contains(0) else {
                return refuse(
                    context, "", 0, "SOCKS client insists on a password", answer: [5, 0xff])
            }
            send(context, [5, 0])
            state = .socksRequest
            advance(context)
        case .greeting: readConnect(context)
        case .socksRequest: readSOCKS(context)
        }
    }

    private func readSOCKS(_ context: ChannelHandlerContext) {
        guard received.count >= 5 else { return }
        guard received[0] == 5, received[1] == 1 else {
            return refuse(
                context, "", 0, "SOCKS asks for something else than CONNECT",
                answer: Self.socksReply(7))
        }
        guard received[3] == 3 else {
            return refuse(
                context, "", 0, "SOCKS names an address; name a host", answer: Self.socksReply(8))
        }
        let length = Int(received[4])
        guard received.count >= 5 + length + 2 else { return }
        let name = Array(received[5..<5 + length])
        let port = UInt16(received[5 + length]) << 8 | UInt16(received[6 + length])
        received.removeFirst(7 + length)
        open(
            context, name, port, accepted: Self.socksReply(0), refused: { _ in Self.socksReply(2) })
    }

    private static func socksReply(_ code: UInt8) -> [UInt8] { [5, code, 0, 1, 0, 0, 0, 0, 0, 0] }

    private func readConnect(_ context: ChannelHandlerContext) {
        guard let end = HTTPHeadLines.end(of: received) else { return }
        guard let lines = HTTPHeadLines.split(received, end: end), let line = lines.first,
            HTTPHeadLines.fields(lines.dropFirst()) != nil
        else {
            return malformed(context, "", 0, "proxy request has a malformed head")
        }
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, words[0].elementsEqual("CONNECT".utf8) else {
            return readAbsolute(context)
        }
        guard words[2].starts(with: "HTTP/1.".utf8),
            let (name, port) = Self.authority(words[1], standardPort: nil)
        else {
            return malformed(
                context, String(decoding: words[1], as: UTF8.self), 0,
                "proxy request is no well-formed CONNECT HOST:PORT")
        }
        received.removeFirst(end)
        open(
            context, Array(name), port,
            accepted: Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8),
            refused: { Self.response("403 Forbidden", $0) })
    }

    /// Plain HTTP as clients with `http_proxy` send it (RFC 9112, section 3.2.2): one request, which
    /// is then read like any other.
    private func readAbsolute(_ context: ChannelHandlerContext) {
        guard case .complete(var head, let count) = HTTPRequestHead.read(received) else {
            return malformed(context, "", 0, "proxy request is no well-formed request")
        }
        let scheme = Array("http://".utf8)
        let target = Array(head.target.utf8)
        let rest = target.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard target.starts(with: scheme),
            let (bytes, port) = Self.authority(rest[..<slash], standardPort: 80)
        else {
            return malformed(
                context, String(head.target.prefix(200)), 0,
                "proxy request names no http:// address; TLS goes by CONNECT")
        }
        let name: HostName
        do { name = try HostName(bytes) } catch {
            return malformed(
                context, String(decoding: bytes, as: UTF8.self), port, "is no host name (\(error))")
        }
        guard gateway.rules.rule(for: name, port: port) != nil, port != 443 else {
            let reason = "no rule allows plain HTTP to \(name):\(port)"
            return refuse(
                context, name.text, port, reason, answer: Self.response("403 Forbidden", reason))
        }
        head.target = slash == rest.endIndex ? "/" : String(decoding: rest[slash...], as: UTF8.self)
        var text = "\(head.method) \(head.target) HTTP/1.\(head.isVersion10 ? 0 : 1)\r\n"
        for field in head.fields { text += "\(field.name): \(field.value)\r\n" }
        received = Array((text + "\r\n").utf8) + received[count...]
        gateway.track(context.channel, name: name, port: port, isRead: true)
        hand(
            context,
            to: ExchangeHandler(
                gateway: gateway, name: name, port: port, isTLS: false, closesAfterFirst: true))
    }

    /// `HOST:PORT`, where only one colon may be.
    private static func authority(
        _ bytes: ArraySlice<UInt8>, standardPort: UInt16?
    ) -> (ArraySlice<UInt8>, UInt16)? {
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else {
            return standardPort.map { (bytes, $0) }
        }
        let text = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        guard let port = UInt16(text), port > 0, String(port) == text else { return nil }
        return (bytes[..<colon], port)
    }

    private func malformed(
        _ context: ChannelHandlerContext, _ host: String, _ port: UInt16, _ reason: String
    ) {
        refuse(context, host, port, reason, answer: Self.response("400 Bad Request", reason))
    }

    /// Hands the connection to the handler that judges it, once a rule can allow it at all.
    private func open(
        _ context: ChannelHandlerContext, _ bytes: [UInt8], _ port: UInt16, accepted: [UInt8],
        refused: (String) -> [UInt8]
    ) {
        let name: HostName
        do { name = try HostName(bytes) } catch {
            let reason = "is no host name (\(error))"
            return refuse(
                context, String(decoding: bytes, as: UTF8.self), port, reason,
                answer: refused(reason))
        }
        guard gateway.rules.rule(for: name, port: port) != nil else {
            let reason = "no rule allows \(name):\(port)"
            return refuse(context, name.text, port, reason, answer: refused(reason))
        }
        send(context, accepted)
        let handler = ConnectionHandler(gateway: gateway, name: name, port: port)
        hand(context, to: handler, first: handler.begin)
    }

    private func hand(
        _ context: ChannelHandlerContext, to handler: some ChannelHandler,
        first begin: () -> Void = {}
    ) {
        state = .done
        do {
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
        } catch {
            context.close(promise: nil)
            return
        }
        begin()
        if !received.isEmpty {
            context.fireChannelRead(
                wrapInboundOut(context.channel.allocator.buffer(bytes: received)))
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func refuse(
        _ context: ChannelHandlerContext, _ host: String, _ port: UInt16, _ rule: String,
        answer: [UInt8]
    ) {
        state = .done
        gateway.log.refuse(host, port: port, rule: rule)
        let buffer = context.channel.allocator.buffer(bytes: answer)
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func send(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private static func response(_ status: String, _ reason: String) -> [UInt8] {
        let text = "drydock: refused: \(reason)\n"
        return Array(
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"
                .utf8)
    }
}
