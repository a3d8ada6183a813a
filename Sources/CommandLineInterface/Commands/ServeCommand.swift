internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import Orchestration
internal import PolicyFiles

/// `drydock serve`: the HTTP service.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the HTTP interface until SIGTERM.",
        discussion: """
            Every request needs a key (drydock keys create). Listening on anything but loopback \
            needs TLS, or --behind-proxy, and at least one key. Logs go to standard error, one \
            JSON object a line. On SIGTERM no new connection is taken, and what is under way may \
            end. Started as root, requests are parsed by another process, as an ordinary user; \
            what needs privilege takes only checked orders from it.
            """)

    @Option(help: "HOST:PORT; port 0 lets the kernel choose.")
    var listen = "127.0.0.1:7750"

    @OptionGroup var data: DataOption

    @Option(help: "sqlite; postgres://... is not in this version.")
    var store = "sqlite"

    @Option(help: "A PEM file with the certificate and what it is signed with.")
    var tlsCertificate: String?

    @Option(help: "A PEM file with the certificate's private key.")
    var tlsKey: String?

    @Option(help: "As root: the user, by name or number, as whom requests are parsed (drydock).")
    var user: String?

    @Flag(help: "Something in front ends TLS: plain HTTP beyond loopback is meant.")
    var behindProxy = false

    @Option(
        name: .customLong("repository"),
        help: "NAME=PATH: a repository that every tenant may name; may be repeated.")
    var repositories: [String] = []

    @Option(
        name: .customLong("allow-remote"),
        help: "A host from which tenants may mirror repositories over https; may be repeated.")
    var remoteHosts: [String] = []

    @Option(
        name: .customLong("allow-webhook"),
        help:
            "HOST or HOST:PORT that webhooks may point to beside the public internet, also over http; may be repeated."
    )
    var webhookHosts: [String] = []

    @Option(
        name: .customLong("public-name"),
        help: "A name under which browsers reach the service; may be repeated.")
    var publicNames: [String] = []

    @Option(help: "Jobs at once.")
    var workers = 4

    @Option(help: "Jobs that may wait, over all tenants.")
    var queue = 1000

    @Option(
        help:
            "Connections at once; beyond nine tenths, those that wait for no answer make room. One tenant's requests may take half of them."
    )
    var connections = 10_000

    @Option(help: "Seconds that requests may go on after SIGTERM.")
    var drain = 30

    func validate() throws {
        guard (0...3600).contains(drain) else {
            throw ValidationError("--drain takes seconds from 0 to 3600.")
        }
        guard (1...1000).contains(workers) else {
            throw ValidationError("--workers takes a number from 1 to 1000.")
        }
        guard (0...1_000_000).contains(queue) else {
            throw ValidationError("--queue takes a number from 0 to 1000000.")
        }
        guard (10...1_000_000).contains(connections) else {
            throw ValidationError("--connections takes a number from 10 to 1000000.")
        }
        for text in repositories {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[1].hasPrefix("/") else {
                throw ValidationError("--repository takes NAME=PATH with an absolute path.")
            }
        }
    }

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "serve") {
                try checkStore()
                guard let address = ListenAddress(listen) else {
                    throw StartRefusal(
                        "\"\(listen)\" is no address", remedy: "Write HOST:PORT or [IPV6]:PORT")
                }
                var configuration = ServiceConfiguration(
                    listen: address, dataDirectory: try data.directory())
                configuration.certificateFile = tlsCertificate
                configuration.privateKeyFile = tlsKey
                configuration.isBehindProxy = behindProxy
                configuration.user = user
                configuration.limits.drainSeconds = drain
                configuration.workers = workers
                configuration.queue = queue
                configuration.limits.connections = connections
                configuration.limits.requestsPerTenant = connections / 2
                configuration.publicNames = publicNames
                configuration.remoteHosts = remoteHosts
                let observability = try OperatorFiles().configuration().observability
                configuration.telemetryEndpoint = observability?.otlp?.endpoint
                if let interval = observability?.otlp?.interval?.milliseconds {
                    configuration.telemetryIntervalMilliseconds = max(1, Int(clamping: interval))
                }
                if let level = observability?.level { configuration.logLevel = level.rawValue }
                configuration.webhookHosts = webhookHosts
                for text in repositories {
                    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                    configuration.repositories[parts[0]] = parts[1]
                }
                if PrivilegedService.isNeeded {
                    return try await PrivilegedService.run(configuration)
                }
                guard user == nil else {
                    throw StartRefusal(
                        "--user is for a service that root starts",
                        remedy: "Leave it out: requests are parsed as this user")
                }
                try await DrydockServer(configuration).run { address in
                    FileHandle.standardOutput.write(Data("drydock: listening on \(address)\n".utf8))
                }
                return 0
            })
    }

    private func checkStore() throws {
        if store == "sqlite" { return }
        guard store.hasPrefix("postgres://") || store.hasPrefix("postgresql://") else {
            throw StartRefusal("\"\(store)\" is no store", remedy: "Write sqlite")
        }
        throw StartRefusal(
            "--store postgres:// is not in this version", remedy: "Leave it out, or write sqlite")
    }
}

/// `--data`, as every command of the service takes it.
struct DataOption: ParsableArguments {
    @Option(help: "The directory of the service's state.")
    var data: String?

    /// Absolute; the state directory of the contract when nothing is said.
    func directory() throws -> String {
        guard let data else { return try StateDirectory.standard().path }
        guard !data.isEmpty else {
            throw StartRefusal("--data is empty", remedy: "Name a directory")
        }
        return data.hasPrefix("/")
            ? data : FileManager.default.currentDirectoryPath + "/" + data
    }
}
