internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import RunStore
internal import ServiceLifecycle

/// Server-sent events of one job, or of all jobs of the tenant.
///
/// Every event has a number; `Last-Event-ID` or `after` goes on behind it, and nothing is missed.
/// A job's stream ends after its last event (`ended`, `failed` or `cancelled`) and in no other way
/// that looks like an end: when the service stops, the connection just closes, and the client comes
/// back.
enum EventOperations: APIGroup {
    private static let after = APIOperation.Parameter.query(
        "after", "Only what came after this sequence number (0: everything).",
        ["type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991])
    private static let lastEventID = APIOperation.Parameter(
        name: "Last-Event-ID", place: .header, description: "As `after`; browsers send it.",
        schema: ["type": "string"])
    private static let stream = APIOperation.Success.events("Events as they come.")

    static let operations: [APIOperation] = [
        APIOperation(
            method: .get, path: "/v1/jobs/{id}/events", id: "stream_job_events",
            summary: "What happens to a job, from the beginning or from where one was.",
            scope: .read, parameters: [.path("id", "The job's id."), after, lastEventID],
            successes: [stream]
        ) { call in
            let job = try await JobAnswers.find(call)
            return response(
                state: call.state, context: call.context, tenant: call.tenant, job: job.id,
                after: try sequence(call))
        },
        APIOperation(
            method: .get, path: "/v1/events", id: "stream_events",
            summary: "What happens to all jobs; goes on for ever.", scope: .read,
            parameters: [
                after, lastEventID,
                .query(
                    "until", "End after this sequence number.",
                    ["type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991]),
            ], successes: [stream]
        ) { call in
            response(
                state: call.state, context: call.context, tenant: call.tenant, job: nil,
                after: try sequence(call), until: call.integer("until"))
        },
    ]

    private static func sequence(_ call: APICall) throws -> Int64 {
        if let name = HTTPField.Name("last-event-id"), let text = call.request.headers[name] {
            guard let number = Int64(text), number >= 0 else {
                throw ServiceError.badRequest("Last-Event-ID is no sequence number")
            }
            return number
        }
        return Int64(call.integer("after") ?? 0)
    }

    /// - Parameter until: ends after this sequence number, or when nothing more is there.
    static func response(
        state: ServiceState, context: ServiceContext, tenant: String, job: String?, after: Int64,
        until: Int? = nil
    ) -> Response {
        Response(
            status: .ok, headers: EventStream.headers,
            body: ResponseBody { writer in
                var sequence = after
                while true {
                    // Read no faster than it is taken: a client that takes nothing holds one page.
                    let from = sequence
                    // Cut off, not ended, when the service stops: whoever comes back goes on.
                    let next: Page = try await cancelWhenGracefulShutdown {
                        try await context.whileClientWaits {
                            try await page(
                                state: state, tenant: tenant, job: job, after: from, until: until)
                        }
                    }
                    sequence = next.sequence
                    if !next.text.isEmpty {
                        try await writer.write(ByteBuffer(string: next.text))
                    }
                    if next.isLast { return try await writer.finish(nil) }
                }
            })
    }

    private struct Page {
        var text = ""
        var sequence: Int64
        var isLast = false
    }

    /// Events of up to 64 KiB of output each.
    private static let pageLimit = 32

    /// What comes next: events, or a comment when none came for a while, which keeps the connection.
    private static func page(
        state: ServiceState, tenant: String, job: String?, after: Int64, until: Int?
    ) async throws -> Page {
        let (store, signal) = (state.store, state.work.jobs.signal)
        var page = Page(sequence: after)
        while true {
            let seen = signal.count
            let events = try await store.jobEvents(
                job: job, tenant: tenant, after: after, limit: pageLimit)
            for event in events where !page.isLast {
                page.sequence = event.sequence
                page.text += text(event)
                page.isLast =
                    job != nil && event.isLast || until.map { event.sequence >= $0 } ?? false
            }
            guard events.isEmpty else { return page }
            if let job, try await isOver(job, store) {
                // It may have ended, and its last event been recorded, since the reading.
                page.isLast = try await store.jobEvents(
                    job: job, tenant: tenant, after: after, limit: 1
                ).isEmpty
                if page.isLast { return page }
                continue
            }
            page.isLast = until != nil
            if page.isLast { return page }
            guard try await isRecorded(signal, beyond: seen) else {
                page.text = ": waiting\n\n"
                return page
            }
        }
    }

    /// Whether something was recorded before it was time for a sign of life; also what another
    /// process recorded is then looked for.
    private static func isRecorded(_ signal: EventSignal, beyond seen: Int) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await signal.wait(beyond: seen)
                return true
            }
            group.addTask {
                try await Task.sleep(for: EventStream.pingInterval)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// Its last event was recorded with the state.
    private static func isOver(_ job: String, _ store: Store) async throws -> Bool {
        guard let record = try await store.job(job, tenant: nil) else { return true }
        return record.state.isFinal
    }

    private static func text(_ event: JobEvent) -> String {
        let data: JSONValue = [
            "sequence": .number("\(event.sequence)"), "job": .string(event.job),
            "kind": .string(event.kind), "time": .string(event.time),
            "payload": (try? JSONValue(parsing: event.payload)) ?? .null,
        ]
        return EventStream.Event(id: "\(event.sequence)", name: event.kind, data: data.text()).text
    }
}
