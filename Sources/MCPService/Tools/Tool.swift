internal import JSONText
internal import Orchestration
internal import RunStore

/// One tool. Adding one is one file and one line in `ToolCatalog.all`.
protocol Tool: Sendable {
    /// `[A-Za-z0-9_.-]{1,128}`.
    static var name: String { get }
    static var title: String { get }
    /// For the model that decides whether to call it.
    static var description: String { get }
    static var inputSchema: JSONValue { get }
    static var outputSchema: JSONValue { get }
    static var isReadOnly: Bool { get }
    static func call(_ context: ToolContext) async throws -> ToolOutcome
}

extension Tool {
    static func listing(era: ProtocolEra) -> JSONValue {
        [
            "name": .string(name), "title": .string(title), "description": .string(description),
            "inputSchema": inputSchema, "outputSchema": outputSchema,
            "annotations": [
                "readOnlyHint": .bool(isReadOnly), "destructiveHint": false,
                "openWorldHint": false,
            ],
        ]
    }
}

enum ToolOutcome: Sendable {
    /// A document that fits the output schema; the text for the model, where the document's own is
    /// not what it should read.
    case complete(JSONValue, text: String? = nil)
    case inputRequired(InputRequest)
}

/// Something that a human must do first.
struct InputRequest: Sendable {
    /// What it is about, such as an approval's id; comes back signed.
    var subject: String
    var message: String
    /// For clients that cannot ask their human.
    var document: JSONValue
}

/// A call was wrong, or what it asked for cannot be: for the model to read.
struct ToolError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

struct ToolContext: Sendable {
    let server: MCPServer
    let caller: MCPServer.Caller
    let era: ProtocolEra
    let arguments: ToolArguments
    let progress: ProgressReporter
    let answer: RequestStates.Answer?

    /// The caller's session; anybody else's is not there.
    func session() async throws -> String {
        let id = try arguments.requiredString("session")
        guard try await server.store.session(id, tenant: caller.tenant) != nil else {
            throw ToolError("there is no session \(id); open one with session_open")
        }
        return id
    }

    /// The caller's session, in which the call will keep more than it keeps now.
    func growingSession() async throws -> String {
        let id = try await session()
        try await server.jobs.kept.check(caller.tenant)
        return id
    }

    /// Has a job done and follows it; cancelling the call cancels the job.
    func perform(_ request: JobRequest) async throws -> JobRecord {
        let jobs = server.jobs
        let (job, _) = try await jobs.submit(request, tenant: caller.tenant)
        return try await withTaskCancellationHandler {
            let follower = Task { try await follow(job.id) }
            defer { follower.cancel() }
            let ended = try await jobs.wait(for: job.id)
            // What was written last is reported before the result.
            if progress.isWanted { try? await follower.value }
            return ended
        } onCancel: {
            Task { try await jobs.cancel(job.id) }
        }
    }

    /// The job's document, or its error for the model.
    func document(_ request: JobRequest) async throws -> (JobRecord, JSONValue) {
        let job = try await perform(request)
        guard let text = job.document, let value = try? JSONValue(parsing: text) else {
            throw ToolError(job.error ?? "the job \(job.id) left no document")
        }
        return (job, value)
    }

    private func follow(_ id: String) async throws {
        guard progress.isWanted else { return }
        var sequence: Int64 = 0
        while true {
            let seen = server.jobs.signal.count
            let events = try await server.store.jobEvents(
                job: id, tenant: caller.tenant, after: sequence)
            for event in events {
                progress.report(Self.line(event))
                sequence = event.sequence
                if event.isLast { return }
            }
            if events.isEmpty { try await server.jobs.signal.wait(beyond: seen) }
        }
    }

    private static func line(_ event: JobEvent) -> String {
        let value = (try? JSONValue(parsing: event.payload)) ?? .null
        switch event.kind {
        case "output": return String((value["text"]?.stringValue ?? "(bytes)").suffix(2000))
        case "progress": return value["message"]?.stringValue ?? ""
        case "queued":
            return "position \(value["position"]?.integerValue ?? 0) in the queue"
        default: return event.kind
        }
    }
}
