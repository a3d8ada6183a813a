internal import Foundation
internal import PolicyFiles
internal import RunModel
internal import Telemetry

/// Telemetry of one run of the loop, where any is configured.
struct HealTelemetryOutput: Sendable {
    private let telemetry: HealTelemetry?
    /// The trace that this was started within.
    private let parent: TraceParent?

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
        let parent = environment[TraceParent.variable].flatMap(TraceParent.init)
        self.parent = parent
        telemetry = try OTLPSettings(environment: environment, endpoint: endpoint)
            .map { HealTelemetry(exporter: try OTLPExporter($0), parent: parent) }
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
        var watch = HealWatch()
        watch.traceParent = { [parent] _ in parent?.text }
        guard let telemetry else { return watch }
        watch.model = { await telemetry.observe($0, model: $1, $2) }
        watch.sandbox = { await telemetry.observe($0, sandbox: $1) }
        watch.traceParent = { await telemetry.context(of: $0).text }
        return watch
    }

    func finish(_ report: HealReport, warn: @Sendable (String) -> Void) async {
        guard let telemetry else { return }
        for part in [report] + (report.projects ?? []).compactMap(\.report) {
            await telemetry.recordTokens(part.budget.tokens.used)
        }
        for failure in await telemetry.finish() { warn(failure) }
    }
}
