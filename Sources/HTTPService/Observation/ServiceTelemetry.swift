internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Orchestration
internal import RunStore
internal import ServiceLifecycle
internal import Synchronization
internal import Telemetry

/// Traces and metrics of the service over OTLP, where the operator or OpenTelemetry's own variables
/// say where to. What cannot be sent is said once in the log, and never stands in the work's way.
///
/// A span for each request, which belongs to the trace that its `traceparent` names
/// (https://www.w3.org/TR/trace-context/), and one for each job with its wait and its work.
final class ServiceTelemetry: Sendable {
    private static let spanLimit = 4096
    private static let traceparent = HTTPField.Name("traceparent")

    private struct State {
        var spans: [Span] = []
        var dropped = 0
        var problem: String?
    }

    private let exporter: OTLPExporter
    private let intervalMilliseconds: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let startNanoseconds = ServiceTelemetry.now

    /// `nil` where nothing is configured.
    init?(configuration: ServiceConfiguration, logger: Logger) {
        guard
            let settings = OTLPSettings(
                environment: ProcessInfo.processInfo.environment,
                endpoint: configuration.telemetryEndpoint),
            let exporter = try? OTLPExporter(settings, scope: "drydock.service")
        else { return nil }
        self.exporter = exporter
        intervalMilliseconds = configuration.telemetryIntervalMilliseconds
        self.logger = logger
    }

    static var now: UInt64 { UInt64(Date().timeIntervalSince1970 * 1_000_000_000) }

    // MARK: Spans

    func record(
        _ request: Request, route: String, status: Int, requestID: String, milliseconds: Double
    ) {
        let parent = Self.traceparent.flatMap { request.headers[$0] }.flatMap(TraceParent.init)
        let end = Self.now
        var span = Span(
            traceID: parent?.traceID ?? RandomText.bytes(16), spanID: RandomText.bytes(8),
            parentID: parent?.spanID, name: "\(request.method.rawValue) \(route)", kind: .server,
            startNanoseconds: end - UInt64(max(0, milliseconds) * 1_000_000), endNanoseconds: end,
            attributes: [
                "http.request.method": .string(request.method.rawValue),
                "http.route": .string(route), "http.response.status_code": .integer(status),
                "drydock.request.id": .string(requestID),
            ])
        if status >= 500 { span.status = .error("\(status)") }
        add([span])
    }

    private func record(_ job: JobRecord) {
        guard let created = Self.nanoseconds(job.createdAt),
            let ended = job.endedAt.flatMap(Self.nanoseconds)
        else { return }
        let context = JobTrace.context(of: job.id)
        let (trace, own) = (context.traceID, context.spanID)
        var whole = Span(
            traceID: trace, spanID: own, name: "job \(job.kind)", kind: .consumer,
            startNanoseconds: created, endNanoseconds: max(created, ended),
            attributes: [
                "drydock.job.id": .string(job.id), "drydock.job.kind": .string(job.kind),
                "drydock.job.state": .string(job.state.rawValue),
                "drydock.job.attempts": .integer(job.attempts),
                "drydock.tenant": .string(job.tenant),
            ])
        if job.state == .failed { whole.status = .error(String((job.error ?? "").prefix(200))) }
        var spans = [whole]
        if let started = job.startedAt.flatMap(Self.nanoseconds) {
            for (name, from, to) in [("wait", created, started), ("work", started, ended)] {
                spans.append(
                    Span(
                        traceID: trace, spanID: RandomText.bytes(8), parentID: own, name: name,
                        startNanoseconds: from, endNanoseconds: max(from, to)))
            }
        }
        add(spans)
    }

    private static func nanoseconds(_ text: String) -> UInt64? {
        Timestamps.milliseconds(of: text).map { UInt64($0) * 1_000_000 }
    }

    private func add(_ spans: [Span]) {
        state.withLock { state in
            guard state.spans.count + spans.count <= Self.spanLimit else {
                state.dropped += spans.count
                return
            }
            state.spans += spans
        }
    }

    // MARK: Sending

    func service(_ service: ServiceState) -> any Service {
        Sender(telemetry: self, service: service)
    }

    private struct Sender: Service {
        let telemetry: ServiceTelemetry
        let service: ServiceState

        func run() async throws {
            await cancelWhenGracefulShutdown { await telemetry.send(service) }
            await telemetry.flush(service)
        }
    }

    private func send(_ service: ServiceState) async {
        var sequence = (try? await service.store.latestJobSequence()) ?? 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(intervalMilliseconds))
            let events =
                (try? await service.store.jobEvents(job: nil, tenant: nil, after: sequence)) ?? []
            for event in events {
                sequence = event.sequence
                guard event.isLast,
                    let job = try? await service.store.job(event.job, tenant: nil)
                else { continue }
                record(job)
            }
            await flush(service)
        }
    }

    private func flush(_ service: ServiceState) async {
        let (spans, dropped) = state.withLock { state in
            defer { (state.spans, state.dropped) = ([], 0) }
            return (state.spans, state.dropped)
        }
        if dropped > 0 {
            service.metrics.count(
                "drydock_spans_dropped_total", help: "Spans for which there was no room.",
                by: dropped)
        }
        var problem = await exporter.export(spans)
        problem =
            await exporter.export(
                service.metrics.exported(), startNanoseconds: startNanoseconds,
                timeNanoseconds: Self.now) ?? problem
        let isNew = state.withLock { state in
            defer { state.problem = problem }
            return problem != nil && state.problem == nil
        }
        if isNew, let problem {
            logger.warning("telemetry not taken", metadata: ["reason": "\(problem)"])
        }
    }
}
