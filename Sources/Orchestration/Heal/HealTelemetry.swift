internal import Digests
internal import Foundation
internal import Repair
internal import RunModel
package import Telemetry

/// Turns an incident's events into a trace and into metrics, as the GenAI and CI/CD conventions of
/// OpenTelemetry name them; what they have no name for is under `drydock.`.
package actor HealTelemetry {
    /// Buckets of `gen_ai.client.token.usage`.
    static let tokenBounds: [Double] = [
        1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216,
        67_108_864,
    ]

    private struct Trace {
        var root: Span
        var spans: [Span] = []
        var lastNanoseconds: UInt64
        var attempts = 0
        var triage = ""
    }

    private let exporter: OTLPExporter
    /// The trace that the incidents' spans go on with, where this was started within one.
    private let parent: TraceParent?
    private let now: @Sendable () -> UInt64
    private let startNanoseconds: UInt64
    private var traces: [String: Trace] = [:]
    /// Attempts beyond the first, by fixer.
    private var retries: [String: Int] = [:]
    private var tokensPerFix: [Double] = []
    private var outcomes: [String: Int] = [:]
    private var failures: [String] = []
    private var modelUses: [ModelUse] = []
    private var spanCount = 0

    package init(
        exporter: OTLPExporter, parent: TraceParent? = nil,
        now: @escaping @Sendable () -> UInt64 = {
            UInt64(Date().timeIntervalSince1970 * 1_000_000_000)
        }
    ) {
        self.exporter = exporter
        self.parent = parent
        self.now = now
        startNanoseconds = now()
    }

    /// Takes an event in; a finished incident is sent.
    package func observe(_ incident: String, _ event: HealEvent) async {
        let time = now()
        var trace = traces[incident] ?? begin(incident, at: time)
        append(event, incident, to: &trace, at: time)
        trace.lastNanoseconds = time
        traces[incident] = trace
        if case .notified = event { await end(incident, trace) }
    }

    /// Sends what is left, such as incidents that wait for a human.
    ///
    /// - Returns: what could not be sent, and why.
    package func finish() async -> [String] {
        for (incident, trace) in traces { await end(incident, trace) }
        if let failure = await exporter.export(
            metrics(), startNanoseconds: startNanoseconds, timeNanoseconds: now())
        {
            failures.append(failure)
        }
        return failures
    }

    private func end(_ incident: String, _ trace: Trace) async {
        traces[incident] = nil
        var root = trace.root
        root.endNanoseconds = trace.lastNanoseconds
        // Whoever began the trace decides whether it is recorded.
        guard parent?.isSampled != false else { return }
        if let failure = await exporter.export([root] + trace.spans) { failures.append(failure) }
    }

    /// A span that ends now, below the incident's own.
    func add(
        _ name: String, _ kind: Span.Kind, _ milliseconds: Double, _ attributes: Attributes,
        _ status: Span.Status, incident: String
    ) {
        let end = now()
        var trace = traces[incident] ?? begin(incident, at: end)
        spanCount += 1
        let digest = SHA256Digest(of: "call \(incident) \(spanCount) \(end)").bytes
        let length = UInt64(max(0, milliseconds) * 1_000_000)
        var span = Span(
            traceID: trace.root.traceID, spanID: Array(digest.prefix(8)),
            parentID: trace.root.spanID, name: name, kind: kind,
            startNanoseconds: end > length ? end - length : end, endNanoseconds: end,
            attributes: attributes)
        span.status = status
        trace.spans.append(span)
        traces[incident] = trace
    }

    func count(_ use: ModelUse) { modelUses.append(use) }

    /// What is started for an incident goes on below this.
    package func context(of incident: String) -> TraceParent {
        let root = begin(incident, at: 0).root
        return TraceParent(
            traceID: root.traceID, spanID: root.spanID, isSampled: parent?.isSampled ?? true)
    }

    private func begin(_ incident: String, at time: UInt64) -> Trace {
        // Without another's trace the same incident is the same trace, whichever process goes on
        // with it.
        let digest = SHA256Digest(of: "trace " + incident).bytes
        return Trace(
            root: Span(
                traceID: parent?.traceID ?? Array(digest.prefix(16)),
                spanID: Array(digest[16..<24]), parentID: parent?.spanID,
                name: "invoke_workflow heal", startNanoseconds: time, endNanoseconds: time,
                attributes: [
                    "gen_ai.operation.name": .string("invoke_workflow"),
                    "gen_ai.workflow.name": .string("heal"),
                    "gen_ai.conversation.id": .string(incident),
                ]), lastNanoseconds: time)
    }

    private func append(
        _ event: HealEvent, _ incident: String, to trace: inout Trace, at time: UInt64
    ) {
        var attributes: Attributes = ["drydock.incident": .string(incident)]
        var name = event.kind
        var status = Span.Status.unset
        var notes: [Span.Event] = []
        switch event {
        case .begun(let request):
            trace.root.attributes["vcs.ref.head.revision"] = .string(request.bad)
            trace.root.attributes["vcs.ref.base.name"] = .string(request.targetBranch)
        case .triaged(let report):
            trace.triage = report.class.rawValue
            trace.root.attributes["drydock.triage.class"] = .string(report.class.rawValue)
            attributes["drydock.triage.class"] = .string(report.class.rawValue)
        case .proposed(let proposal, _):
            name = "invoke_agent \(proposal.fixer)"
            attributes["gen_ai.operation.name"] = .string("invoke_agent")
            attributes["gen_ai.agent.name"] = .string(proposal.fixer)
        case .declined(let fixer, let reason, _):
            name = "invoke_agent \(fixer)"
            attributes["gen_ai.operation.name"] = .string("invoke_agent")
            attributes["gen_ai.agent.name"] = .string(fixer)
            attributes["drydock.declined"] = .string(String(reason.prefix(300)))
        case .admitted(let number):
            attributes["drydock.attempt"] = .integer(number)
            trace.attempts = number
            if number > 1 { retries[trace.triage, default: 0] += 1 }
        case .gated(let report):
            attributes["drydock.gate.verdict"] = .string(report.verdict.rawValue)
        case .reviewed(let answer):
            notes = [Self.evaluation("review", answer.isAccepted ? "accepted" : "rejected", time)]
        case .verified(let report):
            attributes["drydock.verify.verdict"] = .string(report.verdict.rawValue)
            notes = [Self.evaluation("verification", report.verdict.rawValue, time)]
        case .refused(let reason), .failed(_, let reason):
            status = .error(String(reason.prefix(300)))
            attributes["error.type"] = .string(event.kind)
        case .published(let reference):
            trace.root.attributes["vcs.change.id"] = .string(reference.url)
            trace.root.status = .ok
            outcomes["pull_request", default: 0] += 1
        case .escalated:
            outcomes["escalated", default: 0] += 1
            trace.root.events.append(
                Span.Event(
                    name: "agent exhausted", timeNanoseconds: time,
                    attributes: [
                        "drydock.incident": .string(incident),
                        "drydock.attempts": .integer(trace.attempts),
                    ]))
            trace.root.status = .error("escalated")
        default: break
        }
        let number = trace.spans.count
        let digest = SHA256Digest(of: "span \(incident) \(number) \(time)").bytes
        var span = Span(
            traceID: trace.root.traceID, spanID: Array(digest.prefix(8)),
            parentID: trace.root.spanID, name: name, startNanoseconds: trace.lastNanoseconds,
            endNanoseconds: time, attributes: attributes)
        span.status = status
        span.events = notes
        trace.spans.append(span)
    }

    /// What an incident that ended had used of language models; unknown use is not reported.
    package func recordTokens(_ count: Double) {
        if count > 0 { tokensPerFix.append(count) }
    }

    private static func evaluation(_ name: String, _ label: String, _ time: UInt64) -> Span.Event {
        Span.Event(
            name: "gen_ai.evaluation.result", timeNanoseconds: time,
            attributes: [
                "gen_ai.evaluation.name": .string(name),
                "gen_ai.evaluation.score.label": .string(label),
            ])
    }

    private func metrics() -> [Metric] {
        var metrics: [Metric] = []
        let ended = outcomes.values.reduce(0, +)
        metrics.append(
            Metric(
                name: "agent_retry_count", unit: "{attempt}",
                description: "Attempts beyond the first of an incident",
                points: .sum(
                    retries.isEmpty
                        ? [(attributes: [:], value: 0)]
                        : retries.sorted { $0.key < $1.key }.map {
                            (attributes: ["drydock.triage.class": .string($0.key)], value: $0.value)
                        })))
        if !tokensPerFix.isEmpty {
            metrics.append(
                Metric(
                    name: "token_usage_per_fix", unit: "{token}",
                    description: "Tokens of language models that an incident used",
                    points: .histogram(
                        bounds: Self.tokenBounds, [(attributes: [:], values: tokensPerFix)])))
        }
        if ended > 0 {
            metrics.append(
                Metric(
                    name: "repair_success_rate", unit: "1",
                    description: "Share of incidents that ended in a verified pull request",
                    points: .gauge([
                        (
                            attributes: [:],
                            value: Double(outcomes["pull_request"] ?? 0) / Double(ended)
                        )
                    ])))
        }
        return metrics + Self.metrics(of: modelUses)
    }
}
