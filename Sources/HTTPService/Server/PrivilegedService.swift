internal import Attestations
internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import Orchestration
internal import RunStore

/// `drydock serve` as root: keeps the privilege and parses nothing from outside. It starts the part
/// that does as an ordinary user, takes its orders, and ends with it.
package enum PrivilegedService {
    /// Whether this process has a privilege to be kept apart.
    package static var isNeeded: Bool { geteuid() == 0 }

    /// - Returns: the exit status.
    package static func run(_ configuration: ServiceConfiguration) async throws -> Int32 {
        let user = try ServiceUser(configuration.user)
        let data = try StateDirectory.prepared(at: configuration.dataDirectory)
        let store = try Store(path: data.store)
        try StartCheck.check(configuration, keys: try await store.serviceKeys())
        let tls = try TLSMaterial(configuration)
        let forges = try await ForgeEventReceiver.Settings(
            repositories: configuration.repositories,
            environment: ProcessInfo.processInfo.environment)
        _ = try WorkCenter.loadSecret(at: data.path + "/request-state.secret")
        try user.takePlaces(in: data)
        let shelf = try ImageShelf()
        let spawner = try SpawnerProcess(
            directory: data.path + "/sandboxes", profiles: E2BService.profiles,
            imageRoots: [shelf.directory], owner: user.number)
        let performer = JobPerformer(
            workbench: try Workbench(
                host: try ExecutionHost(), directory: data, operatorFiles: OperatorFiles()),
            store: store,
            repositories: ServiceRepositories(
                named: configuration.repositories, mirrors: data.path + "/mirrors"),
            state: data)
        let (own, others) = try WorkLink.pair()
        let link = WorkLink(owning: own)
        let edge = try start(user, input: others)
        let forwarding = forwardSignals(to: edge)
        var hello = EdgeHello(
            configuration: configuration, spawnerSocket: spawner.socket, images: shelf.images,
            forges: forges)
        hello.tls = tls
        try? link.send(hello)
        let audit = AuditLog(path: data.path + "/audit.log", signer: try OperatorFiles().signer())
        let mirrors = RepositoryMirrors(
            directory: data.path + "/mirrors", hosts: configuration.remoteHosts)
        await PrivilegedWork(
            link: link, performer: performer, mirrors: mirrors, audit: audit, shelf: shelf
        ).run()
        let status = HostProcess.reap(edge)
        withExtendedLifetime((spawner, forwarding)) {}
        return status
    }

    /// - Returns: its process, which the caller reaps.
    private static func start(_ user: ServiceUser, input: CInt) throws -> Int32 {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = try HostProcess(
            program, arguments: [ServiceEdge.commandName, "--become", "\(user.number)"],
            environment: ProcessInfo.processInfo.environment, input: .descriptor(input),
            output: .inherited, error: .inherited)
        close(input)
        return process.release()
    }

    /// The part that parses drains; this one ends after it.
    ///
    /// - Returns: what forwards, for as long as it is held.
    private static func forwardSignals(to edge: Int32) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { kill(edge, SIGTERM) }
            source.resume()
            return source
        }
    }
}
