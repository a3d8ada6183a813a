internal import JSONText
internal import Orchestration

enum TestTool: Tool {
    static let name = "test"
    static let title = "Run the tests"
    static let description =
        "Runs the project's own test command on what the session holds now, in a fresh sandbox, and lists what passed and failed."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [("session", Schema.session), ("tests", Schema.strings("Only these ids (all)."))],
        required: ["session"])
    static let outputSchema = Schema.document([
        ("outcome", Schema.text), ("exit_code", Schema.nullableInteger), ("passed", Schema.texts),
        ("failed", Schema.texts),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        var request = JobRequest(.test)
        request.session = try await context.session()
        request.tests = context.arguments.strings("tests")
        return .complete(try await context.document(request).1)
    }
}

enum GateTool: Tool {
    static let name = "gate"
    static let title = "Judge a change"
    static let description =
        "Judges what a session changed, or a revision against its base, by the guardrail rules of the base. Findings say what to do instead."
    static let isReadOnly = false
    static let inputSchema = Schema.object([
        ("session", Schema.session), ("repository", Schema.string("Without a session.")),
        ("base", Schema.string("The revision to compare with.")),
        ("head", Schema.string("The revision to judge.")),
    ])
    static let outputSchema = Schema.document([
        (
            "verdict",
            ["type": "string", "enum": ["pass", "review", "block"]]
        ), ("findings", ["type": "array", "items": ["type": "object"]]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        var request = JobRequest(.gate)
        try await context.subject(of: &request)
        return .complete(try await context.document(request).1)
    }
}

enum VerifyTool: Tool {
    static let name = "verify"
    static let title = "Prove a change"
    static let description =
        "Proves that a change fixes the named tests and breaks no other, with pristine tests in fresh sandboxes."
    static let isReadOnly = false
    static let inputSchema = Schema.object([
        ("session", Schema.session), ("repository", Schema.string("Without a session.")),
        ("base", Schema.string("The revision on which the tests fail.")),
        ("head", Schema.string("The revision that is to fix them.")),
        (
            "tests",
            Schema.strings("Ids of the tests to fix (those that fail on base, pass on head).")
        ),
        ("repeats", Schema.integer("Runs of the head (3).", 1, 50)),
    ])
    static let outputSchema = Schema.document([
        (
            "verdict",
            ["type": "string", "enum": ["verified", "rejected", "inconclusive"]]
        ), ("reasons", ["type": "array", "items": ["type": "object"]]),
        ("tests", ["type": "object"]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        var request = JobRequest(.verify)
        try await context.subject(of: &request)
        request.tests = context.arguments.strings("tests")
        request.repeats = context.arguments.integer("repeats")
        return .complete(try await context.document(request).1)
    }
}

enum TriageTool: Tool {
    static let name = "triage"
    static let title = "Find what broke it"
    static let description =
        "Compares test results at a good and a bad revision, tells flaky from broken, and names the culprit commit and its causal lines."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("repository", Schema.string("A path inside the repository, or its name.")),
            ("good", Schema.string("A revision on which the tests passed.")),
            ("bad", Schema.string("The revision that is red.")),
            ("tests", Schema.strings("Only these ids (all).")),
            ("repeats", Schema.integer("Runs per revision (5).", 2, 100)),
        ], required: ["repository", "good", "bad"])
    static let outputSchema = Schema.document([
        ("class", Schema.text), ("tests", ["type": "array", "items": ["type": "object"]]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let arguments = context.arguments
        var request = JobRequest(.triage)
        request.repository = arguments.string("repository")
        request.good = arguments.string("good")
        request.bad = arguments.string("bad")
        request.tests = arguments.strings("tests")
        request.repeats = arguments.integer("repeats")
        return .complete(try await context.document(request).1)
    }
}

extension ToolContext {
    /// A session, or a repository with base and head.
    fileprivate func subject(of request: inout JobRequest) async throws {
        if arguments.string("session") != nil {
            request.session = try await session()
            return
        }
        request.repository = arguments.string("repository")
        request.base = arguments.string("base")
        request.head = arguments.string("head")
        guard request.repository != nil, request.base != nil, request.head != nil else {
            throw ToolError("give either session, or repository with base and head")
        }
    }
}

enum SubmitTool: Tool {
    static let name = "submit"
    static let title = "Submit a change"
    static let description =
        "Gates and verifies what the session changed and, only when it is verified, puts it on a branch of Drydock's own with a draft for a human to merge. Where the rules ask for a human's approval, it waits for one."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session), ("title", Schema.string("One line: what it does.")),
            ("tests", Schema.strings("Ids of the tests that it fixes.")),
            ("repeats", Schema.integer("Runs of the head (3).", 1, 50)),
        ], required: ["session"])
    static let outputSchema = Schema.document([
        (
            "outcome",
            ["type": "string", "enum": ["pull_request", "awaiting_approval", "refused"]]
        ), ("reason", Schema.nullableText),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        if case .given(let action, let subject)? = context.answer, action != "accept" {
            return .complete([
                "outcome": "refused", "reason": .string("\(subject) was left undecided"),
            ])
        }
        var request = JobRequest(.submit)
        request.session = session
        request.title = context.arguments.string("title")
        request.tests = context.arguments.strings("tests")
        request.repeats = context.arguments.integer("repeats")
        let (_, document) = try await context.document(request)
        guard document["outcome"]?.stringValue == "awaiting_approval",
            let approval = document["approval"]?.stringValue
        else { return .complete(document) }
        return .inputRequired(
            InputRequest(
                subject: approval,
                message: "The change is verified, and the rules want a human's approval ("
                    + (document["reason"]?.stringValue ?? "") + "). Decide it with `drydock "
                    + "approve \(approval)` or `drydock reject \(approval)`, or on the "
                    + "dashboard; then go on here.",
                document: document))
    }
}
