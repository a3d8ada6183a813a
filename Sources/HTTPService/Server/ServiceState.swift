internal import Logging
internal import Orchestration
internal import RunStore

/// What all requests share.
final class ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let store: Store
    let keys: KeyAuthority
    let metrics: ServiceMetrics
    let rates: RateLimiter
    let host: ExecutionHost
    let logger: Logger
    /// Sandboxes that live, and the interface to them.
    let e2b: E2BService

    init(
        configuration: ServiceConfiguration, store: Store, host: ExecutionHost, logger: Logger,
        e2b: E2BService
    ) {
        self.configuration = configuration
        self.store = store
        self.host = host
        self.logger = logger
        self.e2b = e2b
        keys = KeyAuthority(store: store)
        metrics = ServiceMetrics()
        rates = RateLimiter()
    }
}
