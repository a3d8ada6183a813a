internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The way out of one sandbox: its resolver and its relay, on the host's side.
///
/// Everything that the sandbox can reach are sockets that this gateway bound inside the sandbox's
/// network namespace. When the gateway ends, however it ends, they close, and nothing is left to
/// connect to.
package final class EgressGateway: Sendable {
    package let log = ConnectionLog()

    private let sockets: any SandboxSockets
    private let resolver: any NameResolver
    private let book = AddressBook()
    private let group: MultiThreadedEventLoopGroup
    private let threads: NIOThreadPool

    private struct State {
        var rules: NetworkRules
        var listeners: Set<Listener> = []
        var refused: Set<HostName> = []
        var channels: [any Channel] = []
        var isStopped = false
    }
    private struct Listener: Hashable {
        var address: IPAddress
        var port: UInt16
    }
    private let state: Mutex<State>

    package init(
        rules: NetworkRules, sockets: any SandboxSockets,
        resolver: any NameResolver = SystemResolver()
    ) {
        self.sockets = sockets
        self.resolver = resolver
        state = Mutex(State(rules: rules))
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        threads = NIOThreadPool(numberOfThreads: 4)
    }

    /// In force for connections that are opened from now on; open ones stay.
    package var rules: NetworkRules {
        get { state.withLock { $0.rules } }
        set { state.withLock { $0.rules = newValue } }
    }

    /// Prepares the namespace. When this returns the workload may begin.
    package func start() async throws {
        threads.start()
        let device = try sockets.setUp()
        if let device { try await watch(device) }
        let descriptor = try sockets.bindUDP(AddressBook.resolver, port: 53)
        let channel = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ResolverHandler(gateway: self))
                }
            }
            .withBoundSocket(descriptor).get()
        keep(channel)
        try await listenAsProxy()
    }

    /// Where clients that are told of a proxy find it, inside the sandbox.
    package static let proxyURL =
        "http://\(AddressBook.resolver.map(String.init).joined(separator: ".")):\(ProxyHandler.port)"

    private func listenAsProxy() async throws {
        let descriptor = try sockets.bindTCP(AddressBook.resolver, port: ProxyHandler.port)
        let channel = try await bootstrap { ProxyHandler(gateway: self) }
            .withBoundSocket(descriptor).get()
        keep(channel)
    }

    private func bootstrap(
        _ handler: @escaping @Sendable () -> some ChannelHandler
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
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
        try? await threads.shutdownGracefully()
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

    private func listen(for name: HostName, at address: IPAddress, _ rules: NetworkRules) throws {
        let ports = Set(rules.rules.filter { $0.target.matches(name) }.flatMap(\.ports))
        for port in ports.sorted() {
            let isNew = state.withLock { state in
                !state.isStopped
                    && state.listeners.insert(Listener(address: address, port: port)).inserted
            }
            guard isNew else { continue }
            let descriptor = try sockets.bindTCP(address.bytes, port: port)
            bootstrap { ConnectionHandler(gateway: self, name: name, port: port) }
                .withBoundSocket(descriptor)
                .whenSuccess { self.keep($0) }
        }
    }

    // MARK: The way out

    enum Dialled: Sendable {
        case connected(any Channel, IPAddress, rule: String)
        case refused(String)
    }

    func dial(_ name: HostName, port: UInt16, on loop: any EventLoop) -> EventLoopFuture<Dialled> {
        let admission = Admission(rules: rules, resolver: resolver)
        return threads.runIfActive(eventLoop: loop) { admission.decide(name, port: port) }
            .flatMap { decision in
                switch decision {
                case .refuse(let rule): return loop.makeSucceededFuture(.refused(rule))
                case .dial(let address, let rule):
                    return Self.connect(to: address, port: port, on: loop)
                        .map { .connected($0, address, rule: rule) }
                }
            }
    }

    private static func connect(
        to address: IPAddress, port: UInt16, on loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(30))
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
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

    private func watch(_ device: CInt) async throws {
        let channel = try await NIOPipeBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        RefusedPacketHandler(log: self.log, book: self.book))
                }
            }
            .takingOwnershipOfDescriptor(inputOutput: device).get()
        keep(channel)
    }

    private func keep(_ channel: any Channel) {
        let isLate = state.withLock { state in
            if !state.isStopped { state.channels.append(channel) }
            return state.isStopped
        }
        if isLate { channel.close(promise: nil) }
    }
}
