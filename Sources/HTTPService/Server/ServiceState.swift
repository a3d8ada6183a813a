internal import Attestations
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
    let work: WorkCenter
    let logger: Logger
    /// Who decided what.
    let auditLog: AuditLog

    init(
        configuration: ServiceConfiguration, store: Store, host: ExecutionHost, work: WorkCenter,
        logger: Logger, auditLog: AuditLog
    ) {
        self.configuration = configuration
        self.store = store
        self.host = host
        self.work = work
        self.auditLog = auditLog
        self.logger = logger
        keys = KeyAuthority(store: store)
        metrics = ServiceMetrics()
        rates = RateLimiter()
    }
}
