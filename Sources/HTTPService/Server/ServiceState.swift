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
    let work: WorkCenter
    let logger: Logger
    /// Who decided what.
    let auditLog: any EventSink
    /// Sandboxes that live, and the interface to them.
    let e2b: E2BService

    init(
        configuration: ServiceConfiguration, store: Store, work: WorkCenter,
        logger: Logger, auditLog: any EventSink, e2b: E2BService
    ) {
        self.configuration = configuration
        self.store = store
        self.work = work
        self.auditLog = auditLog
        self.logger = logger
        self.e2b = e2b
        keys = KeyAuthority(store: store)
        metrics = ServiceMetrics()
        rates = RateLimiter()
    }
}
