internal import Foundation
internal import PolicyFiles
internal import RunModel
internal import Telemetry

/// Telemetry of one run of the loop, where any is configured.
struct HealTelemetryOutput: Sendable {
    private let telemetry: HealTelemetry?

    /// - Throws: `PortError` when a repository wants its telemetry sent to where the
    ///   operator has not permitted: only this machine is permitted to all.
    init(
        operatorConfiguration: OperatorConfiguration, own: ObservabilitySection?,
        repository: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        var endpoint = operatorConfiguration.observability?.otlp?.endpoint
        if endpoint == nil, let asked = own?.otlp?.endpoint {
            let host = URL(string: asked)?.host() ?? ""
            let hosts = operatorConfiguration.allowance(for: repository).hosts ?? []
            guard
                ["127.0.0.1", "localhost", "::1"].contains(host) || hosts.contains(host)
                    || hosts.contains("*")
            else {
                throw PortError(
                    operation: "sending telemetry", subject: "to \(host)",
                    reason: "drydock.yaml asks for it, and only this machine is allowed",
                    remedy: "The operator can name the place in /etc/drydock/config.yaml: "
                        + "observability: {otlp: {endpoint: \"https://COLLECTOR:4318\"}}")
            }
            endpoint = asked
        }
        telemetry = try OTLPSettings(environment: environment, endpoint: endpoint)
            .map { HealTelemetry(exporter: try OTLPExporter($0)) }
    }

    func observe(
        beside other: @escaping @Sendable (String, HealEvent) async -> Void
    ) -> @Sendable (String, HealEvent) async -> Void {
        guard let telemetry else { return other }
        return { incident, event in
            await telemetry.observe(incident, event)
            await other(incident, event)
        }
    }

    var watch: HealWatch {
        guard let telemetry else { return HealWatch() }
        return HealWatch(
            model: { await telemetry.observe($0, model: $1, $2) },
            sandbox: { await telemetry.observe($0, sandbox: $1) })
    }

    func finish(_ report: HealReport, warn: @Sendable (String) -> Void) async {
        guard let telemetry else { return }
        for part in [report] + (report.projects ?? []).compactMap(\.report) {
            await telemetry.recordTokens(part.budget.tokens.used)
        }
        for failure in await telemetry.finish() { warn(failure) }
    }
}
