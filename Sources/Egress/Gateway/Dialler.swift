internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RunModel

/// Opens connections on the host's side: decides, resolves once, dials what was checked.
struct Dialler: Sendable {
    let resolver: any NameResolver
    let proxy: HostProxy?
    let trust: UpstreamTrust
    let threads: NIOThreadPool

    enum Dialled: Sendable {
        /// - Parameter address: `nil` where the host's proxy chose it.
        case connected(any Channel, address: String?, rule: String)
        case refused(String)
    }

    enum Linked: Sendable {
        case linked(NIOLoopBound<UpstreamLink>)
        case refused(String)
    }

    private enum Way: Sendable {
        case direct([IPAddress], rule: String)
        case proxied(IPAddress, HostProxy.Server, rule: String)
        case refused(String)
    }

    /// A connection whose bytes are not looked at.
    func dial(
        _ name: HostName, port: UInt16, rules: EgressRules, on loop: any EventLoop
    ) -> EventLoopFuture<Dialled> {
        way(name, port, rules, isPlainHTTP: false, on: loop).flatMap { way in
            switch way {
            case .refused(let reason): return loop.makeSucceededFuture(.refused(reason))
            case .direct(let addresses, let rule):
                return Self.connect(to: addresses[...], port: port, on: loop).map {
                    .connected($0.0, address: $0.1.description, rule: rule)
                }
            case .proxied(let address, let server, let rule):
                return Self.connect(to: address, port: server.port, on: loop)
                    .flatMap { channel in
                        Self.tunnel(channel, to: "\(name):\(port)", server.authorization)
                    }
                    .map { .connected($0, address: nil, rule: rule + " by the host's proxy") }
            }
        }
    }

    /// A connection for requests, with TLS where the sandbox's side has it: never less.
    func link(
        to name: HostName, port: UInt16, isTLS: Bool, rules: EgressRules, on loop: any EventLoop
    ) -> EventLoopFuture<Linked> {
        guard !isTLS else { return secureLink(to: name, port: port, rules: rules, on: loop) }
        return way(name, port, rules, isPlainHTTP: true, on: loop).flatMap { way in
            switch way {
            case .refused(let reason): return loop.makeSucceededFuture(.refused(reason))
            case .direct(let addresses, _):
                return Self.connect(to: addresses[...], port: port, on: loop).flatMap {
                    Self.attach($0.0, address: $0.1.description, server: nil, tls: nil)
                }
            case .proxied(let address, let server, _):
                return Self.connect(to: address, port: server.port, on: loop).flatMap { channel in
                    Self.attach(channel, address: nil, server: server, tls: nil)
                }
            }
        }
    }

    private func secureLink(
        to name: HostName, port: UInt16, rules: EgressRules, on loop: any EventLoop
    ) -> EventLoopFuture<Linked> {
        // Reading the host's roots blocks, once for each process.
        let context = threads.runIfActive(eventLoop: loop) { try trust.clientContext() }
        return context.flatMap { context in
            dial(name, port: port, rules: rules, on: loop).flatMap { dialled in
                switch dialled {
                case .refused(let reason): return loop.makeSucceededFuture(.refused(reason))
                case .connected(let channel, let address, _):
                    return Self.attach(
                        channel, address: address, server: nil, tls: (context, name.text))
                }
            }
        }
    }

    private static func attach(
        _ channel: any Channel, address: String?, server: HostProxy.Server?,
        tls: (NIOSSLContext, String)?
    ) -> EventLoopFuture<Linked> {
        let loop = channel.eventLoop
        return loop.submit {
            let link = UpstreamLink(
                address: address, usesAbsoluteForm: server != nil,
                proxyAuthorization: server?.authorization)
            let pipeline = channel.pipeline.syncOperations
            if let (context, name) = tls {
                try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
            }
            try pipeline.addHandler(link)
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return .linked(NIOLoopBound(link, eventLoop: loop))
        }
    }

    private func way(
        _ name: HostName, _ port: UInt16, _ rules: EgressRules, isPlainHTTP: Bool,
        on loop: any EventLoop
    ) -> EventLoopFuture<Way> {
        let admission = Admission(rules: rules, resolver: resolver)
        let server = proxy?.server(for: name, isPlainHTTP: isPlainHTTP)
        let resolver = resolver
        return threads.runIfActive(eventLoop: loop) {
            guard let server else {
                switch admission.decide(name, port: port) {
                case .refuse(let rule): return .refused(rule)
                case .dial(let addresses, let rule): return .direct(addresses, rule: rule)
                }
            }
            // A host behind a proxy often has no resolver for names outside: what can be resolved
            // is checked all the same.
            switch admission.decideForProxy(name, port: port) {
            case .refuse(let rule): return .refused(rule)
            case .dial(_, let rule):
                guard let address = try Self.address(of: server, resolver) else {
                    return .refused("the host's proxy \(server.host) has no address")
                }
                return .proxied(address, server, rule: rule)
            }
        }
    }

    private static func address(
        of server: HostProxy.Server, _ resolver: any NameResolver
    ) throws -> IPAddress? {
        if let address = IPAddress(server.host) { return address }
        return try resolver.addresses(of: try HostName(server.host)).first
    }

    /// The first of them that answers, and which it is. A server that is away, or a family of
    /// addresses that this host has no route for, is what the others are there for.
    private static func connect(
        to addresses: ArraySlice<IPAddress>, port: UInt16, on loop: any EventLoop
    ) -> EventLoopFuture<(any Channel, IPAddress)> {
        guard let address = addresses.first else {
            return loop.makeFailedFuture(NoAddress())
        }
        let others = addresses.dropFirst()
        let patience = others.isEmpty ? patience : shortPatience
        return connect(to: address, port: port, within: patience, on: loop)
            .map { ($0, address) }
            .flatMapError { error in
                others.isEmpty
                    ? loop.makeFailedFuture(error) : connect(to: others, port: port, on: loop)
            }
    }

    private struct NoAddress: Error {}

    private static let patience = TimeAmount.seconds(30)
    /// While there are other addresses to try.
    private static let shortPatience = TimeAmount.seconds(5)

    private static func connect(
        to address: IPAddress, port: UInt16, within patience: TimeAmount = patience,
        on loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: EgressGateway.receiveBuffers)
            // Nothing is read before there is someone to pass it to.
            .channelOption(.autoRead, value: false)
        do {
            let packed = ByteBuffer(bytes: address.bytes)
            return bootstrap.connect(
                to: try SocketAddress(packedIPAddress: packed, port: Int(port)))
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private static func tunnel(
        _ channel: any Channel, to place: String, _ authorization: String?
    ) -> EventLoopFuture<any Channel> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        return channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(
                ProxyTunnelHandler(place: place, authorization: authorization, done: promise))
            channel.read()
        }
        .flatMap { promise.futureResult }
        .map { channel }
        .flatMapErrorThrowing { error in
            promise.fail(error)
            channel.close(promise: nil)
            throw error
        }
    }
}

/// Asks the host's proxy for a tunnel (RFC 9110, section 9.3.6), and is gone when there is one.
final class ProxyTunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    private let place: String
    private let authorization: String?
    private let done: EventLoopPromise<Void>
    private var received: [UInt8] = []

    init(place: String, authorization: String?, done: EventLoopPromise<Void>) {
        self.place = place
        self.authorization = authorization
        self.done = done
    }

    func handlerAdded(context: ChannelHandlerContext) {
        var text = "CONNECT \(place) HTTP/1.1\r\nHost: \(place)\r\n"
        if let authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(string: text + "\r\n")), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        switch HTTPResponseHead.read(received, method: "HEAD") {
        case .incomplete: context.read()
        case .refused(let reason): done.fail(Refused(description: "the host's proxy \(reason)"))
        case .complete(let head, let count):
            // Nobody may speak before the tunnel's client has: what came early is another's.
            guard head.status == 200, count == received.count else {
                done.fail(
                    Refused(
                        description:
                            "the host's proxy answers \(head.status) to CONNECT \(place)"))
                return
            }
            context.pipeline.syncOperations.removeHandler(self).cascade(to: done)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(Refused(description: "the host's proxy closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
}
