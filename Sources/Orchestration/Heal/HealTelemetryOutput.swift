internal import Foundation
internal import PolicyFiles
internal import RunModel
internal import Telemetry

/// Telemetry of one run of the loop, where any is configured.
struct HealTelemetryOutput: Sendable {
    private let telemetry: HealTelemetry?

    /// - Throws: `WideningRefusal` when a repository wants its telemetry sent to where the operator has
    ///   not permitted: only this machine is permitted to all.
    init(
        operatorConfiguration: OperatorConfiguration, own: ObservabilitySection?,
        repository: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        var endpoint = operatorConfiguration.observability?.otlp?.endpoint
        if endpoint == nil, let asked = own?.otlp?.endpoint {
            var section = ProjectConfiguration()
            section.observability = own
            if let refusal = operatorConfiguration.refusals(of: section, repository: repository)
                .first
            {
                throw refusal
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
