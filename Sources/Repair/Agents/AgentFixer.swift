internal import JSONText
internal import RunModel

/// An external agent: it runs in the sandbox with the problem on its standard input and in a file,
/// with a budget of its own and a way to its provider only. What it says counts for nothing; its
/// change set is its proposal.
package struct AgentFixer: Fixer {
    /// Where its program and its instruction lie in the worktree; never part of a proposal.
    static let directory = ".drydock-agent"
    static let instructionPath = "\(directory)/instruction.md"
    /// What agents leave beside their work.
    private static let leftovers = [".aider", ".claude/", ".codex/"]

    private let agent: ExternalAgent

    package var name: String { agent.name }
    package var summary: String { "runs an external command-line agent in the sandbox" }

    package init(_ agent: ExternalAgent) { self.agent = agent }

    /// `command:PATH`, with the file's bytes.
    package init(path: String, program: [UInt8]) {
        agent = ExternalAgent(command: path, program: program)
    }

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        // What can reach the network is not shown what usually holds secrets.
        let hidden = try await HiddenFiles(in: problem.tree, tools.trees)
        let hides = !agent.hosts.isEmpty && !hidden.files.isEmpty
        var command = request(problem)
        if let parent = tools.traceParent { command.environment["TRACEPARENT"] = parent }
        if hides { command.tree = try await hidden.removed(from: problem.tree, tools.trees) }
        let result = try await tools.executor.run(command)
        let claim = AgentClaim(of: agent.kind, output: result.standardOutput)
        try await (tools.recorder ?? tools.models?.recorder)?
            .record("agent.ended", record(result, claim))
        guard var left = result.report.tree else {
            return .nothing(
                reason: "it ended with \(result.report.outcome.rawValue), no change set")
        }
        if result.report.exitCode == 127 || result.report.exitCode == 126 {
            return .unavailable(
                reason: "\(agent.name) cannot be started in the sandbox: install it into the "
                    + "image, or name a program with command:PATH")
        }
        if hides { left = try await hidden.restored(in: left, tools.trees) }
        let own = try await tools.trees.files(inTree: left)
            .filter { file in
                file.path.hasPrefix(Self.directory + "/")
                    || Self.leftovers.contains(where: file.path.hasPrefix)
            }
        let known = Set(try await tools.trees.files(inTree: problem.tree).map(\.path))
        let tree = try await tools.trees.writeTree(
            base: left,
            edits: own.filter { !known.contains($0.path) }.map {
                TreeEdit(path: $0.path, content: nil)
            })
        guard tree != problem.tree else {
            let said =
                claim.hasFailed
                ? "it failed: \(claim.text.prefix(200))" : "it changed nothing, whatever it said"
            return .nothing(
                reason: "\(said) (exit \(result.report.exitCode.map(String.init) ?? "none"))")
        }
        guard !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "it proposed what was tried already")
        }
        var proposal = Proposal(
            fixer: name, kind: .agent, tree: tree, base: problem.tree,
            explanation: "Proposed by the external agent `\(name)`; Drydock knows nothing of "
                + "its reasons.")
        var spending = ModelSpending()
        spending.calls = claim.inputTokens + claim.outputTokens > 0 ? 1 : 0
        spending.tokens = claim.inputTokens + claim.outputTokens
        spending.costUSD = claim.costUSD ?? 0
        if spending.calls > 0 || claim.costUSD != nil { proposal.spending = spending }
        return .proposal(proposal)
    }

    private func request(_ problem: RepairProblem) -> CommandRequest {
        let instruction = Array(AgentInstruction.text(for: problem).utf8)
        let files = Set(problem.triage.causalHunks.map(\.path)).sorted()
            .filter(problem.scope.permits)
        var request = CommandRequest(
            tree: problem.tree, arguments: agent.arguments(files: files), limits: problem.limits,
            role: "agent")
        request.limits.wallMilliseconds = min(
            problem.limits.wallMilliseconds ?? .max, agent.wallMilliseconds)
        request.network = agent.network
        request.standardInput = instruction
        request.overlays = [OverlayFile(path: Self.instructionPath, content: instruction)]
        if let program = agent.program {
            request.overlays.append(
                OverlayFile(path: "\(Self.directory)/agent", content: program, isExecutable: true))
        }
        if let client = agent.client {
            request.overlays.append(
                OverlayFile(
                    path: "\(Self.directory)/agent-client", content: client, isExecutable: true))
        }
        request.environment = agent.environment
        request.environment["DRYDOCK_INSTRUCTION"] = Self.instructionPath
        request.wantsChanges = true
        return request
    }

    private func record(_ result: CommandResult, _ claim: AgentClaim) -> JSONValue {
        [
            "agent": .string(agent.name), "outcome": .string(result.report.outcome.rawValue),
            "exit_code": result.report.exitCode.map { JSONValue($0) } ?? .null,
            "claims": .string(ModelConversation.recorded(claim.text)),
            "claims_failure": .bool(claim.hasFailed),
            "input_tokens": JSONValue(claim.inputTokens),
            "output_tokens": JSONValue(claim.outputTokens),
            "cost_usd": claim.costUSD.map { JSONValue($0) } ?? .null,
            "denials": JSONValue(result.report.denials.count),
            "connections": .array(result.report.connections.map { .string($0.host) }),
        ]
    }
}
