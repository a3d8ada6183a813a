internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

enum RunTool: Tool {
    static let name = "run"
    static let title = "Run a command"
    static let description =
        "Runs a command in a sandbox: in a session, whose files it may change, or without one over a revision of a repository. There is no network unless hosts are allowed."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("command", Schema.strings("The program and its arguments; for a shell: sh -c ...")),
            ("session", Schema.session),
            (
                "repository",
                Schema.string("Without a session: whose tree is the working directory.")
            ),
            ("revision", Schema.string("Which revision of it (HEAD).")),
            ("working_directory", Schema.string("Relative to the root (.).")),
            (
                "environment",
                ["type": "object", "additionalProperties": ["type": "string"]]
            ),
            ("stdin", Schema.string("Standard input.")),
            ("timeout_ms", Schema.integer("Wall-clock limit (600000).", 1, 86_400_000)),
            ("network", Schema.string("none, or allow=HOST,... (none).")),
        ], required: ["command"])
    static let outputSchema = Schema.document([
        ("job", Schema.text), ("outcome", Schema.text), ("exit_code", Schema.nullableInteger),
        ("stdout", Schema.text), ("stderr", Schema.text), ("report", ["type": "object"]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let arguments = context.arguments
        var request = JobRequest(.run)
        request.command = arguments.strings("command")
        guard request.command?.isEmpty == false else { throw ToolError("'command' is empty") }
        if arguments.string("session") != nil { request.session = try await context.session() }
        request.repository = arguments.string("repository")
        request.revision = arguments.string("revision")
        request.workingDirectory = arguments.string("working_directory")
        request.environment = arguments.dictionary("environment")
        request.standardInput = arguments.string("stdin")
        request.network = arguments.string("network")
        guard request.network != "host" else {
            throw ToolError("the host's network is not given; use none or allow=HOST,...")
        }
        if let timeout = arguments.integer("timeout_ms") {
            var limits = ResourceLimits()
            limits.wallMilliseconds = UInt64(timeout)
            request.limits = limits
        }
        let (job, report) = try await context.document(request)
        let artifacts = Artifacts(state: context.server.state)
        let (output, errors) = (
            Self.text(try artifacts.read("stdout.log", job: job.id)),
            Self.text(try artifacts.read("stderr.log", job: job.id))
        )
        let code = report["exit_code"] ?? .null
        let head = "outcome \(report["outcome"]?.stringValue ?? ""), exit code \(code.text())"
        return .complete(
            [
                "job": .string(job.id), "outcome": report["outcome"] ?? .null, "exit_code": code,
                "stdout": .string(output), "stderr": .string(errors), "report": report,
            ], text: [head, output, errors].filter { !$0.isEmpty }.joined(separator: "\n"))
    }

    /// Head and tail of what a model can take in; the log resource has all of it.
    private static func text(_ bytes: [UInt8]?) -> String {
        let text = String(decoding: bytes ?? [], as: UTF8.self)
        guard text.utf8.count > 40_000 else { return text }
        return "\(text.prefix(20_000))\n[... \(text.count - 40_000) characters left out ...]\n"
            + text.suffix(20_000)
    }
}
