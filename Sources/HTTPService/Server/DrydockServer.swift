internal import Attestations
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import LinuxKernel
internal import Logging
internal import NIOCore
internal import Orchestration
internal import RunStore
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// `drydock serve`: one process, one port.
package struct DrydockServer: Sendable {
    private let state: ServiceState
    private let tls: TLSMaterial?

    /// Opens the store and looks at the host: everything in this process.
    ///
    /// - Throws: `StartRefusal` where listening would not be safe; what is wrong with the store or
    ///   the host.
    package init(_ configuration: ServiceConfiguration) async throws {
        let data = try StateDirectory.prepared(at: configuration.dataDirectory)
        let store = try Store(path: data.store)
        try StartCheck.check(configuration, keys: try await store.serviceKeys())
        let logger = Self.logger(configuration)
        tls = try TLSMaterial(configuration)
        let work = try WorkCenter(
            state: data, store: store, host: try ExecutionHost(),
            repositories: Self.repositories(configuration), bounds: Self.bounds(configuration),
            remoteHosts: configuration.remoteHosts)
        let shelf = try ImageShelf()
        let sandboxes = try await LiveSandboxes(
            directory: data.path + "/sandboxes", profiles: E2BService.profiles,
            imageRoots: [shelf.directory], log: logger)
        state = ServiceState(
            configuration: configuration, store: store, work: work, logger: logger,
            auditLog: AuditLog(
                path: data.path + "/audit.log", signer: try OperatorFiles().signer()),
            e2b: try await E2BService(
                directory: data.path, sandboxes: sandboxes, store: store,
                shares: work.jobs.shares, kept: work.jobs.kept, logger: logger,
                images: { shelf.templates }),
            forgeEvents: Self.receiver(
                try await ForgeEventReceiver.Settings(
                    repositories: configuration.repositories,
                    environment: ProcessInfo.processInfo.environment), work))
    }

    /// The part that parses requests; what needs privilege is done at the other end of a link.
    init(edge hello: EdgeHello, work remote: RemoteWork) async throws {
        let configuration = hello.configuration
        let data = StateDirectory(path: configuration.dataDirectory)
        let store = try Store(path: data.store)
        let logger = Self.logger(configuration)
        tls = hello.tls
        let work = try WorkCenter(
            state: data, store: store, repositories: Self.repositories(configuration),
            bounds: Self.bounds(configuration), performer: remote, work: remote,
            mirrors: remote)
        let sandboxes = await LiveSandboxes(
            directory: data.path + "/sandboxes", spawnerSocket: hello.spawnerSocket, log: logger)
        let images = RemoteImages(hello.images, of: remote)
        state = ServiceState(
            configuration: configuration, store: store, work: work, logger: logger,
            auditLog: remote,
            e2b: try await E2BService(
                directory: data.path, sandboxes: sandboxes, store: store,
                shares: work.jobs.shares, kept: work.jobs.kept, logger: logger,
                images: { images.templates }),
            forgeEvents: Self.receiver(hello.forges, work))
    }

    /// What forges deliver is the operator's own tenant's work.
    private static func receiver(
        _ settings: ForgeEventReceiver.Settings, _ work: WorkCenter
    ) -> ForgeEventReceiver {
        ForgeEventReceiver(settings, store: work.store) { [jobs = work.jobs] request, key in
            let (job, isNew) = try await jobs.submit(
                request, tenant: "default", idempotencyKey: key)
            return (job.id, isNew)
        }
    }

    private static func logger(_ configuration: ServiceConfiguration) -> Logger {
        var logger = Logger(label: "drydock.serve") { JSONLogHandler(label: $0) }
        logger.logLevel = Logger.Level(rawValue: configuration.logLevel) ?? .info
        return logger
    }

    private static func repositories(_ configuration: ServiceConfiguration) -> ServiceRepositories {
        ServiceRepositories(
            named: configuration.repositories, mirrors: configuration.dataDirectory + "/mirrors")
    }

    private static func bounds(_ configuration: ServiceConfiguration) -> JobCenter.Bounds {
        var bounds = JobCenter.Bounds()
        bounds.workers = configuration.workers
        bounds.queue = configuration.queue
        return bounds
    }

    /// Serves until SIGTERM or SIGINT, then ends what is under way within the drain time.
    ///
    /// - Parameter onListening: called once with the address that clients use.
    package func run(onListening: @escaping @Sendable (String) -> Void) async throws {
        // One for each connection, and one for each sandbox that lives; the usual limit is 1,024.
        DescriptorLimit.raise(to: 65_536)
        let limits = state.configuration.limits
        let (state, listen) = (state, state.configuration.listen)
        let scheme = state.configuration.certificateFile == nil ? "http" : "https"
        let application = Application(
            responder: Self.router(state).buildResponder(),
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(listen.host, port: listen.port), backlog: 1024,
                availableConnectionsDelegate: .maximum(limits.connections, logger: state.logger)),
            services: [
                WebhookService(
                    sender: WebhookSender(
                        store: state.store, allowed: state.configuration.webhookHosts,
                        log: state.logger))
            ] + (state.telemetry.map { [$0.service(state)] } ?? []),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? listen.port
                onListening("\(scheme)://\(ListenAddress(host: listen.host, port: port))")
            }, logger: state.logger)
        var group = ServiceGroupConfiguration(
            services: [.init(service: application)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: state.logger)
        group.maximumGracefulShutdownDuration = .seconds(limits.drainSeconds)
        state.e2b.onEnd { [jobs = state.work.jobs] in await jobs.lookAgain() }
        try await state.work.jobs.recover()
        try await ServiceGroup(configuration: group).run()
        await state.e2b.pool.close()
    }

    /// Every route of `Routes.all`, below what all requests go through.
    static func router(_ state: ServiceState) -> Router<ServiceContext> {
        let router = Router(
            context: ServiceContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: ObservationMiddleware(state: state))
        router.add(middleware: ErrorMiddleware(render: DrydockErrorBody.self))
        router.add(middleware: PortProxyMiddleware(state: state))
        let table = RouteTable()
        for group in Routes.all {
            let parent = router.group()
            parent.add(middleware: ErrorMiddleware(render: group.errors))
            if group.requiresKey { parent.add(middleware: AuthenticationMiddleware(state: state)) }
            group.add(to: RecordingRoutes(parent: parent, table: table, group: group), state: state)
        }
        table.refuseOtherMethods(on: router)
        return router
    }

    private func server() throws -> HTTPServerBuilder {
        let limits = state.configuration.limits
        let waiting = WaitingConnections(limit: limits.connections)
        let plain = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    ConnectionRules(
                        stalledWriteSeconds: limits.stalledWriteSeconds, waiting: waiting)
                ],
                idleTimeout: .seconds(Int64(limits.idleSeconds)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: 100)))
        guard let tls else { return plain }
        return try .tls(plain, tlsConfiguration: try tls.serverConfiguration())
    }
}
