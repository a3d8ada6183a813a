internal import JSONText
internal import RunModel

/// A role at work with its tools, until it has said what it has to say.
struct RoleRun {
    /// Calls of one answer that are done; more is a model that has lost its way.
    private static let callsPerTurn = 8

    var conversation: ModelConversation
    let workspace: RepairWorkspace
    private var loops = LoopDetector()
    private var corrections = 0

    init(_ conversation: ModelConversation, in workspace: RepairWorkspace) {
        self.conversation = conversation
        self.workspace = workspace
    }

    private var role: ModelRole { conversation.role }
    private var access: ModelAccess { conversation.access }

    /// - Returns: what it said when it had no more calls to make.
    /// - Throws: `Stuck`, `GivenUp`, `ModelBudgetRefusal`, or what the ports throw.
    mutating func perform() async throws -> String {
        let tools = ToolCatalog.all.filter { role.tools.contains($0.name) }
        let offered = tools.map {
            ModelTool(
                name: $0.name, description: $0.description, parametersJSON: Self.compact($0.schema))
        }
        for _ in 0..<access.limits.turns {
            let answer = try await conversation.ask(tools: offered)
            switch answer.stopReason {
            case .refused:
                throw Stuck("\(conversation.model.id) refuses: \(answer.text.prefix(200))")
            case .contextFull: throw Stuck("the context of \(conversation.model.id) is full")
            case .outputLimit where answer.toolCalls.isEmpty:
                try await correct(
                    "Your answer was cut off at its limit. Be shorter; one step at a time.")
                continue
            case .finished, .toolCalls, .outputLimit: break
            }
            guard !answer.toolCalls.isEmpty else { return answer.text }
            for (place, call) in answer.toolCalls.enumerated() {
                guard place < Self.callsPerTurn else {
                    answerCall(call, "not done: at most \(Self.callsPerTurn) calls at a time", true)
                    continue
                }
                try await perform(call)
            }
        }
        throw Stuck("\(role.rawValue) has not come to an end in \(access.limits.turns) turns")
    }

    private static func compact(_ schema: String) -> String {
        (try? JSONValue(parsing: schema).text()) ?? schema
    }

    private mutating func correct(_ text: String) async throws {
        corrections += 1
        try await access.recorder.record(
            "model.corrected", ["role": .string(role.rawValue), "reason": .string(text)])
        guard corrections <= access.limits.corrections else {
            throw Stuck("\(conversation.model.id) was corrected \(corrections) times in a row")
        }
        conversation.add(ModelMessage(role: .user, text: text))
    }

    private mutating func answerCall(_ call: ModelToolCall, _ text: String, _ isError: Bool) {
        conversation.add(
            ModelMessage(role: .tool, text: text, toolCallID: call.id, isError: isError))
    }

    /// A call that cannot be made as it is: said so, recorded, and counted.
    private mutating func refuse(_ call: ModelToolCall, _ reason: String) async throws {
        corrections += 1
        try await access.recorder.record(
            "tool.refused",
            [
                "role": .string(role.rawValue), "tool": .string(String(call.name.prefix(100))),
                "arguments": .string(ModelConversation.recorded(call.argumentsJSON)),
                "reason": .string(reason),
            ])
        answerCall(call, "Refused: \(reason)", true)
        guard corrections <= access.limits.corrections else {
            throw Stuck("\(conversation.model.id) made \(corrections) wrong calls in a row")
        }
    }

    private mutating func perform(_ call: ModelToolCall) async throws {
        guard let tool = ToolCatalog.tool(named: call.name), role.tools.contains(call.name) else {
            let known = role.tools.sorted().joined(separator: ", ")
            let why =
                ToolCatalog.tool(named: call.name) == nil ? "there is no tool" : "your role has no"
            try await refuse(call, "\(why) \(call.name.prefix(60)); you have: \(known)")
            return
        }
        let schema = try JSONSchema(parsing: tool.schema)
        let arguments: JSONValue
        do { arguments = try JSONValue(parsing: call.argumentsJSON).completed(for: schema) } catch {
            try await refuse(call, "the arguments are not JSON: \(error)")
            return
        }
        let violations = schema.violations(of: arguments)
        guard violations.isEmpty else {
            let list = violations.map(\.description).joined(separator: "; ")
            try await refuse(call, "the arguments do not fit: \(list)")
            return
        }
        if let loop = loops.add(
            tool: call.name, arguments: arguments.text(.canonical), tree: await workspace.tree)
        {
            try await access.recorder.record("loop.detected", ["reason": .string(loop)])
            throw Stuck("\(conversation.model.id) goes round in circles: \(loop)")
        }
        try await carryOut(tool, call, arguments)
    }

    private mutating func carryOut(
        _ tool: any RepairTool, _ call: ModelToolCall, _ arguments: JSONValue
    ) async throws {
        var record: JSONValue = [
            "role": .string(role.rawValue), "tool": .string(call.name),
            "arguments": .string(ModelConversation.recorded(arguments.text())),
        ]
        let answer: String
        var isError = false
        let started = ContinuousClock.now
        do {
            answer = try await withTimeLimit(milliseconds: access.limits.toolCallMilliseconds) {
                [workspace] in try await tool.perform(arguments, in: workspace)
            }
            corrections = 0
        } catch let limit as TimeLimitReached {
            answer = "it was stopped: \(limit). Ask for less at a time."
            isError = true
        } catch let refusal as ToolRefusal {
            // An observation: the model looks again and goes on.
            answer = refusal.description
            isError = true
        } catch let error as PortError {
            answer = "it could not be done: \(error.reason)"
            isError = true
        } catch let given as GivenUp {
            try await access.recorder.record("tool.called", record)
            throw given
        }
        let elapsed = ContinuousClock.now - started
        let text = try await workspace.redacted(answer)
        let marks = UntrustedText.injections(in: text)
        record = record.adding("is_error", .bool(isError))
            .adding("duration_ms", JSONValue(Int(elapsed / .milliseconds(1))))
            .adding("answer", .string(ModelConversation.recorded(String(text.prefix(2_000)))))
            .adding("tree", .string(await workspace.tree))
        try await access.recorder.record("tool.called", record)
        if !marks.isEmpty {
            try await access.recorder.record(
                "injection.seen",
                [
                    "where": .string("\(call.name) output"),
                    "phrases": .array(marks.map { .string($0) }),
                ])
        }
        let shown = await workspace.shown(text)
        answerCall(call, UntrustedText.fenced(shown, label: "\(call.name) output"), isError)
    }
}
