/// What `drydock serve` was started with.
package struct ServiceConfiguration: Codable, Sendable {
    package var listen: ListenAddress
    /// Absolute path of the directory of the store, the mirrors, the logs and the artifacts.
    package var dataDirectory: String
    /// PEM files; both or none.
    package var certificateFile: String?
    package var privateKeyFile: String?
    /// As root: the user as whom requests are parsed; `nil` is `drydock`.
    package var user: String?
    /// Whether something in front ends TLS, so that plain HTTP beyond loopback is meant.
    package var isBehindProxy = false
    /// Names under which browsers reach the service, besides its address and `localhost`.
    package var publicNames: [String] = []
    /// Repositories that tenants may name: name to path.
    package var repositories: [String: String] = [:]
    /// Hosts from which tenants may have repositories mirrored.
    package var remoteHosts: [String] = []
    /// Hosts that webhooks may point to beside those of the public internet: `HOST` or `HOST:PORT`.
    package var webhookHosts: [String] = []
    /// Where telemetry goes, without `/v1/...`; the variables of OpenTelemetry come before it.
    package var telemetryEndpoint: String?
    package var telemetryIntervalMilliseconds = 5_000
    /// The least of what is logged, as swift-log names it.
    package var logLevel = "info"
    /// Jobs at once.
    package var workers = 4
    /// Jobs that may wait.
    package var queue = 1000
    package var limits = ServiceLimits()

    package init(listen: ListenAddress, dataDirectory: String) {
        self.listen = listen
        self.dataDirectory = dataDirectory
    }
}

/// Bounds that keep one client from the others' share.
package struct ServiceLimits: Codable, Sendable {
    /// A JSON body; uploads have bounds of their own.
    package var bodyBytes = 1 << 20
    package var headerBytes = 32 << 10
    /// Connections without a complete request are closed after this long.
    package var idleSeconds = 60
    /// A request's body must be complete after this long.
    package var bodySeconds = 30
    /// A client that takes nothing of an answer for this long is gone.
    package var stalledWriteSeconds = 60
    package var connections = 10_000
    /// Requests of one tenant that are under way, streams among them.
    package var requestsPerTenant = 5_000
    /// Bodies of one tenant's requests that are in memory as a whole, together.
    package var bodyBytesPerTenant = 64 << 20
    /// How long requests may go on after SIGTERM.
    package var drainSeconds = 30

    package init() {}
}
