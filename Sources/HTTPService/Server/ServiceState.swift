internal import Logging
internal import Orchestration
internal import RunModel
internal import RunStore

/// What all requests share.
final class ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let store: Store
    let keys: KeyAuthority
    let metrics: ServiceMetrics
    let rates: RateLimiter
    let loads: TenantLoads
    let work: WorkCenter
    /// `nil` where none is configured.
    let telemetry: ServiceTelemetry?
    let logger: Logger
    /// Who decided what.
    let auditLog: any EventSink
    /// `nil` where no forge's deliveries are taken.
    let forgeEvents: (any ForgeEventReceiving)?
    /// Sandboxes that live, and the interface to them.
    let e2b: E2BService

    init(
        configuration: ServiceConfiguration, store: Store, work: WorkCenter,
        logger: Logger, auditLog: any EventSink, e2b: E2BService,
        forgeEvents: (any ForgeEventReceiving)? = nil
    ) {
        self.configuration = configuration
        self.store = store
        self.work = work
        self.auditLog = auditLog
        self.logger = logger
        self.e2b = e2b
        self.forgeEvents = forgeEvents
        telemetry = ServiceTelemetry(configuration: configuration, logger: logger)
        keys = KeyAuthority(store: store)
        metrics = ServiceMetrics()
        rates = RateLimiter()
        loads = TenantLoads(
            requestLimit: configuration.limits.requestsPerTenant,
            bodyByteLimit: configuration.limits.bodyBytesPerTenant)
        addGauges()
    }

    /// A repository as tenants name it: where it lies is nothing of theirs.
    func name(ofRepository path: String) -> String {
        if let name = configuration.repositories.first(where: { $0.value == path })?.key {
            return name
        }
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
    }

    private func addGauges() {
        let (sandboxes, pool, jobs) = (e2b.sandboxes, e2b.pool, work.jobs)
        let gauges: [(String, String, @Sendable () -> Double)] = [
            (
                "drydock_sandboxes", "Living sandboxes, ready ones included.",
                { Double(sandboxes.records.count) }
            ),
            (
                "drydock_sandboxes_ready", "Sandboxes made in advance.",
                { Double(pool.sizes.values.reduce(0, +)) }
            ),
            ("drydock_jobs_running", "Jobs at work.", { Double(jobs.lately.running) }),
            ("drydock_jobs_waiting", "Jobs in the queue.", { Double(jobs.lately.waiting) }),
        ]
        for (name, help, value) in gauges {
            metrics.add(gauge: ServiceMetrics.Gauge(name: name, help: help, value: value))
        }
    }
}
