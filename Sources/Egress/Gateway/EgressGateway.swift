internal import NIOCore
internal import NIOPosix
internal import NIOSSL
package import RunModel
internal import Synchronization

/// The way out of one sandbox: its resolver and its relay, on the host's side.
///
/// Everything that the sandbox can reach are sockets that this gateway bound inside the sandbox's
/// network namespace. When the gateway ends, however it ends, they close, and nothing is left to
/// connect to.
package final class EgressGateway: Sendable {
    package let log = ConnectionLog()

    private let sockets: any SandboxSockets
    private let dialler: Dialler
    private let authority: RunAuthority?
    let credentials: EdgeCredentials
    let recorder: ExchangeRecorder?
    let player: RecordingPlayer?
    let cache: DownloadCache?
    private let book = AddressBook()
    private let group: MultiThreadedEventLoopGroup
    let threads: NIOThreadPool

    private struct State {
        var rules: EgressRules
        var interceptsAll: Bool
        var listeners: Set<Listener> = []
        var refused: Set<HostName> = []
        var channels: [any Channel] = []
        var open: [ObjectIdentifier: Open] = [:]
        /// Accepted and not closed, tracked or not.
        var accepted = 0
        var saysItIsFull = true
        var isStopped = false
    }
    private struct Listener: Hashable {
        var address: IPAddress
        var port: UInt16
    }
    /// A connection of the sandbox's, as long as it is open.
    private struct Open {
        var channel: any Channel
        var name: HostName
        var port: UInt16
        /// Whether its requests are read; rules that need that end those of which none is.
        var isRead: Bool
        /// Of a WebSocket: what it was opened for.
        var tunnelTarget: String?

        func isAllowed(by rules: EgressRules) -> Bool {
            guard rules.rule(for: name, port: port) != nil,
                isRead || !rules.needsContent(name, port: port)
            else { return false }
            guard let tunnelTarget else { return true }
            return rules.rule(
                for: name, port: port, method: WebSocketHandshake.method, path: tunnelTarget) != nil
        }
    }
    private let state: Mutex<State>

    /// Grown and shrunk by what comes: 64 KiB at a time when a download runs.
    static let receiveBuffers = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 4096, maximum: 256 << 10)

    /// What one sandbox may have open at a time: descriptors are the whole process's, and other
    /// sandboxes' gateways live in it too.
    static let connectionsMax = 2048
    /// Names times ports that are listened on.
    static let listenersMax = 2048

    /// Resolving and reading recordings blocks; one pool serves all gateways of the process.
    private static let sharedThreads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    package init(_ settings: GatewaySettings, sockets: any SandboxSockets) {
        self.sockets = sockets
        threads = Self.sharedThreads
        dialler = Dialler(
            resolver: settings.resolver, proxy: settings.proxy, trust: settings.trust,
            threads: threads)
        authority = settings.authority
        credentials = settings.credentials
        recorder = settings.recorder
        player = settings.player
        cache = settings.cache
        state = Mutex(State(rules: settings.rules, interceptsAll: settings.interceptsAll))
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    package convenience init(
        rules: EgressRules, sockets: any SandboxSockets,
        resolver: any NameResolver = SystemResolver()
    ) {
        var settings = GatewaySettings(rules: rules)
        settings.resolver = resolver
        self.init(settings, sockets: sockets)
    }

    package var rules: EgressRules { state.withLock { $0.rules } }

    /// Replaces the rules while the sandbox runs. What the new ones do not allow ends at once, also
    /// where it is open already.
    ///
    /// - Throws: `EgressRuleError` when a rule needs TLS to be opened and the sandbox was started
    ///   without a reason to trust the gateway for that.
    package func update(_ rules: EgressRules) throws {
        if authority == nil, let rule = rules.rules.first(where: \.needsContent) {
            throw EgressRuleError(
                entry: rule.description,
                reason: "needs TLS to be opened, which this sandbox was not started for; "
                    + "start it with @intercept among its rules")
        }
        let forbidden = state.withLock { state in
            state.rules = rules
            state.refused = []
            return state.open.values.filter { !$0.isAllowed(by: rules) }
        }
        for open in forbidden {
            log.refuse(open.name.text, port: open.port, rule: "open, and no longer allowed: ended")
            open.channel.close(promise: nil)
        }
        // Names that clients know already: on ports that are new.
        for (name, address) in book.entries { try listen(for: name, at: address, rules) }
    }

    /// Connections that are open, for tests.
    var openCount: Int { state.withLock { $0.open.count } }
    var tunnelCount: Int { state.withLock { $0.open.values.count { $0.tunnelTarget != nil } } }

    /// Whether requests to this name are read.
    func inspects(_ name: HostName, port: UInt16) -> Bool {
        let (rules, interceptsAll) = state.withLock { ($0.rules, $0.interceptsAll) }
        return interceptsAll || recorder != nil || player != nil || cache != nil
            || rules.needsContent(name, port: port)
            || credentials.ofHost(name, port: port) != nil
    }

    /// Whether a request's body is part of its key.
    var keysBodies: Bool { recorder != nil || player != nil }

    /// What the gateway shows the sandbox in a server's place; `nil` where it may not.
    func serverContext(for name: HostName) throws -> NIOSSLContext? {
        try authority?.serverContext(for: name)
    }

    func carriesForeignSecret(_ head: HTTPRequestHead, own: EdgeCredential?) -> Bool {
        let secrets = credentials.allSecrets.filter { !(own?.secrets.contains($0) ?? false) }
        guard !secrets.isEmpty else { return false }
        let text = Array(
            ([head.target] + head.fields.map(\.value)).joined(separator: "\n").utf8)
        return secrets.contains { SecretScanner.contains($0, in: text) }
    }

    /// Remembers an open connection until it closes.
    func track(_ channel: any Channel, name: HostName, port: UInt16, isRead: Bool) {
        let identity = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            if !state.isStopped {
                state.open[identity] = Open(
                    channel: channel, name: name, port: port, isRead: isRead)
            }
            return state.isStopped
        }
        if isLate { return channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { _ = $0.open.removeValue(forKey: identity) }
        }
    }

    /// Notes that an open connection became a WebSocket.
    func trackTunnel(_ channel: any Channel, target: String) {
        state.withLock { $0.open[ObjectIdentifier(channel)]?.tunnelTarget = target }
    }

    /// Prepares the namespace. When this returns the workload may begin: what it sends before the
    /// gateway's thread looks at it waits in sockets that are there.
    package func start() throws {
        let entrance = try sockets.enter()
        group.next().execute { self.serve(entrance) }
    }

    private func serve(_ entrance: SandboxEntrance) {
        if let device = entrance.refused { watch(device, answers: true) }
        if let descriptor = entrance.watch {
            watch(RefusedDevice(descriptor: descriptor, hasEthernetHeader: false), answers: false)
        }
        serve(
            DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            ResolverHandler(gateway: self))
                    }
                }
                .withBoundSocket(entrance.resolver))
        serve(bootstrap { ProxyHandler(gateway: self) }.withBoundSocket(entrance.proxy))
    }

    /// A socket that cannot be served is closed: less is reachable then, never more.
    private func serve(_ channel: EventLoopFuture<any Channel>) {
        channel.whenComplete { result in
            switch result {
            case .success(let channel): self.keep(channel)
            case .failure(let error):
                self.log.refuse("*", port: 0, rule: "the gateway cannot serve a socket: \(error)")
            }
        }
    }

    /// Where clients that are told of a proxy find it, inside the sandbox.
    package static let proxyURL =
        "http://\(AddressBook.resolver.map(String.init).joined(separator: ".")):\(ProxyHandler.port)"

    private func bootstrap(
        _ handler: @escaping @Sendable () -> some ChannelHandler
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.admit(channel)
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
    }

    private struct Full: Error {}

    /// - Throws: where the sandbox has too many connections; the channel is closed then.
    private func admit(_ channel: any Channel) throws {
        let (isAdmitted, isNews) = state.withLock { state in
            guard state.accepted >= Self.connectionsMax else {
                state.accepted += 1
                return (true, false)
            }
            defer { state.saysItIsFull = false }
            return (false, state.saysItIsFull)
        }
        guard isAdmitted else {
            if isNews {
                log.refuse(
                    "*", port: 0, rule: "more than \(Self.connectionsMax) connections at a time")
            }
            throw Full()
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.accepted -= 1 } }
    }

    package func stop() async {
        let channels = state.withLock { state in
            state.isStopped = true
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { try? await channel.close().get() }
        // Shutting down closes the connections that are still open.
        try? await group.shutdownGracefully()
    }

    // MARK: The resolver

    func answer(_ query: DNSQuery) -> DNSAnswer {
        let text = String(decoding: query.name, as: UTF8.self)
        guard query.recordClass == 1 else { return DNSAnswer(to: query, code: .notImplemented) }
        let name: HostName
        do { name = try HostName(query.name) } catch {
            log.refuse(text, port: 53, rule: "is no host name (\(error))")
            return DNSAnswer(to: query, code: .nameError)
        }
        let rules = rules
        guard rules.isKnown(name) else {
            // Resolvers ask for both families and again: that is one attempt.
            let isNew = state.withLock { state in
                state.refused.count < ConnectionLog.capacity && state.refused.insert(name).inserted
            }
            if isNew { log.refuse(name.text, port: 53, rule: "no rule allows this name") }
            return DNSAnswer(to: query, code: .nameError)
        }
        guard query.type == DNSQuery.typeA else { return DNSAnswer(to: query, code: .success) }
        guard let address = book.address(for: name) else {
            return DNSAnswer(to: query, code: .serverFailure)
        }
        do { try listen(for: name, at: address, rules) } catch {
            log.refuse(name.text, port: 53, rule: "cannot listen: \(error)")
            return DNSAnswer(to: query, code: .serverFailure)
        }
        return DNSAnswer(to: query, code: .success, addresses: [address])
    }

    private func listen(for name: HostName, at address: IPAddress, _ rules: EgressRules) throws {
        for port in rules.ports(of: name).sorted() {
            let place = Listener(address: address, port: port)
            let hasRoom = state.withLock {
                $0.listeners.count < Self.listenersMax || $0.listeners.contains(place)
            }
            guard hasRoom else {
                throw EgressRuleError(
                    entry: "\(name):\(port)",
                    reason:
                        "is one more than the \(Self.listenersMax) places that a sandbox may ask for"
                )
            }
            let isNew = state.withLock { state in
                !state.isStopped
                    && state.listeners.insert(place).inserted
            }
            guard isNew else { continue }
            let descriptor = try sockets.bindTCP(address.bytes, port: port)
            serve(
                bootstrap { ConnectionHandler(gateway: self, name: name, port: port) }
                    .withBoundSocket(descriptor))
        }
    }

    // MARK: The way out

    func dial(
        _ name: HostName, port: UInt16, on loop: any EventLoop
    ) -> EventLoopFuture<Dialler.Dialled> {
        guard player == nil else {
            return loop.makeSucceededFuture(
                .refused("the network is off: this run replays a recording"))
        }
        return dialler.dial(name, port: port, rules: rules, on: loop)
    }

    func link(
        to name: HostName, port: UInt16, isTLS: Bool, on loop: any EventLoop
    ) -> EventLoopFuture<Dialler.Linked> {
        guard player == nil else {
            return loop.makeSucceededFuture(
                .refused("the network is off: this run replays a recording"))
        }
        return dialler.link(to: name, port: port, isTLS: isTLS, rules: rules, on: loop)
    }

    private func watch(_ device: RefusedDevice, answers: Bool) {
        serve(
            NIOPipeBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            RefusedPacketHandler(
                                log: self.log, book: self.book,
                                hasEthernetHeader: device.hasEthernetHeader, answers: answers))
                    }
                }
                .takingOwnershipOfDescriptor(inputOutput: device.descriptor))
    }

    private func keep(_ channel: any Channel) {
        let isLate = state.withLock { state in
            if !state.isStopped { state.channels.append(channel) }
            return state.isStopped
        }
        if isLate { channel.close(promise: nil) }
    }
}
