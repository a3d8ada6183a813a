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

    init(
        configuration: ServiceConfiguration, store: Store, host: ExecutionHost, logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.host = host
        self.logger = logger
        keys = KeyAuthority(store: store)
        metrics = ServiceMetrics()
        rates = RateLimiter()
    }
}
