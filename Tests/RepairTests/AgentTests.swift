import Foundation
import JSONText
import Repair
import RunModel
import TestSupport
import Testing

/// Agents of other makers: called as they document it, believed in nothing.
@Suite struct AgentTests {
    /// A stand-in that notes its arguments and its input, repairs the file, and prints `output`.
    private static func standIn(_ output: String, exit: Int = 0, changes: Bool = true) -> String {
        """
        #!/bin/sh
        { printf '%s\\n' "$@"; } > "$STAND_IN_LOG"
        cat > "$STAND_IN_LOG.input"
        \(changes ? "printf 'fixed\\n' > a.txt; mkdir -p .claude; echo x > .claude/x" : ":")
        cat <<'DRYDOCK_END'
        \(output)
        DRYDOCK_END
        exit \(exit)
        """
    }

    private static func run(
        _ name: String, stand program: String, as command: String,
        change: (inout ExternalAgent) -> Void = { _ in },
        _ check: (FixerAnswer, RepairFixture, [String], String, MemoryMeter) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/\(command)"
            try program.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            try await RepairFixture.with(
                good: ["a.txt": "fixed\n", "tests/t": "x"], culprit: ["a.txt": "broken\n"]
            ) { fixture in
                let meter = MemoryMeter()
                let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
                var tools = fixture.tools(environment: [
                    "PATH": "\(folder):\(search)", "STAND_IN_LOG": folder + "/log",
                ])
                tools.models = ModelAccess(ladder: [], meter: meter, recorder: meter)
                var agent = try #require(
                    ExternalAgent(name: name, program: Array(program.utf8)), "\(name)")
                if agent.kind != .command { agent.program = nil }
                change(&agent)
                let problem = try fixture.problem(
                    log: "boom `touch /tmp/pwned` $(id) \"; rm -rf /", causal: ["a.txt"])
                let answer = try await AgentFixer(agent).propose(for: problem, using: tools)
                let arguments =
                    (try? String(contentsOfFile: folder + "/log", encoding: .utf8))?
                    .split(separator: "\n").map(String.init) ?? []
                let input =
                    (try? String(contentsOfFile: folder + "/log.input", encoding: .utf8)) ?? ""
                try await check(answer, fixture, arguments, input, meter)
            }
        }
    }

    static let claude = """
        {"type":"result","subtype":"success","is_error":false,"result":"All 3 tests pass.",\
        "session_id":"s","total_cost_usd":0.12,"num_turns":4,"duration_ms":900,\
        "usage":{"input_tokens":100,"cache_read_input_tokens":40,"output_tokens":25}}
        """
    static let codex = """
        {"type":"thread.started","thread_id":"t"}
        {"type":"turn.started"}
        {"type":"item.completed","item":{"type":"command_execution","command":"ls"}}
        {"type":"item.completed","item":{"type":"agent_message","text":"Done."}}
        {"type":"turn.completed","usage":{"input_tokens":70,"cached_input_tokens":10,"output_tokens":9}}
        """

    @Test func claudeCodeIsCalledAsDocumented() async throws {
        try await Self.run(
            "claude-code", stand: Self.standIn(Self.claude), as: "claude",
            change: { $0.costUSD = 0.5 }
        ) { answer, fixture, arguments, input, meter in
            let proposal = try #require(answer.proposal, "\(answer.reason)")
            #expect(
                try fixture.changed(proposal.tree) == ["a.txt"], "what it leaves beside is dropped")
            #expect(proposal.spending?.tokens == 165 && proposal.spending?.costUSD == 0.12)
            #expect(
                arguments == [
                    "-p", "--bare", "--output-format", "json", "--max-turns", "40",
                    "--max-budget-usd", "0.5", "--permission-mode", "bypassPermissions",
                ])
            // The prompt comes by standard input, whatever stands in it.
            #expect(input.contains("$(id)") && input.contains("Failing tests"))
            #expect(meter.events.first?.payload["claims"]?.stringValue == "All 3 tests pass.")
        }
    }

    @Test func codexIsCalledAsDocumented() async throws {
        try await Self.run("codex", stand: Self.standIn(Self.codex), as: "codex") {
            answer, _, arguments, input, _ in
            #expect(answer.proposal?.spending?.tokens == 79)
            #expect(
                arguments == [
                    "exec", "--json", "--skip-git-repo-check", "--sandbox", "workspace-write",
                    "-c", "approval_policy=\"never\"", "-",
                ])
            #expect(input.contains("Failing tests"))
        }
    }

    @Test func aiderIsCalledAsDocumented() async throws {
        try await Self.run("aider", stand: Self.standIn("Applied edit to a.txt"), as: "aider") {
            answer, _, arguments, _, _ in
            #expect(answer.proposal != nil)
            #expect(
                arguments == [
                    "--message-file", ".drydock-agent/instruction.md", "--yes-always", "--no-git",
                    "--no-auto-commits", "--no-dirty-commits", "--no-stream", "a.txt",
                ])
        }
    }

    private static let failures: [(String, String, String)] = [
        (
            "claude-code", "claude",
            #"{"type":"result","subtype":"error_max_turns","is_error":true}"#
        ),
        ("claude-code", "claude", "Segmentation fault"),
        ("codex", "codex", #"{"type":"turn.failed","error":{"message":"quota exceeded"}}"#),
        ("aider", "aider", "Only 3 reflections allowed, stopping."),
        ("command:x", "x", "I fixed everything, believe me"),
    ]

    @Test(arguments: failures.indices) func claimsCountForNothing(index: Int) async throws {
        let (name, command, output) = Self.failures[index]
        try await Self.run(
            name, stand: Self.standIn(output, exit: 1, changes: false), as: command
        ) { answer, _, _, _, meter in
            #expect(answer.proposal == nil && answer.reason.contains("exit 1"))
            #expect(meter.count("agent.ended") == 1)
        }
    }

    @Test func whatIsNotInstalledIsSaid() async throws {
        try await Self.run("codex", stand: "", as: "other") { answer, _, _, _, _ in
            #expect(answer.proposal == nil && answer.reason.contains("install it into the image"))
        }
    }

    /// An agent that reaches its provider does not see what usually holds secrets; without a network
    /// it has the whole tree. What it does to such files is undone.
    @Test func secretsStayAtHome() async throws {
        let program =
            "#!/bin/sh\ncat .env > seen.txt 2>/dev/null\nls -a > listing.txt\n"
            + "echo x > .env\nprintf 'fixed\\n' > a.txt\n"
        for hosts in [["models.example.org"], []] {
            try await RepairFixture.with(
                good: ["a.txt": "fixed\n", ".env": "KEY=hunter2-correct\n", "tests/t": "x"],
                culprit: ["a.txt": "broken\n"]
            ) { fixture in
                var agent = try #require(
                    ExternalAgent(name: "command:x", program: Array(program.utf8)))
                agent.hosts = hosts
                let answer = try await AgentFixer(agent).propose(
                    for: try fixture.problem(causal: ["a.txt"]), using: fixture.tools())
                let tree = try #require(answer.proposal?.tree, "\(answer.reason)")
                let seen = try fixture.git.text(["show", "\(tree):seen.txt"])
                let kept = try fixture.git.text(["show", "\(tree):.env"])
                #expect(seen.contains("hunter2") == hosts.isEmpty)
                #expect(kept.contains("hunter2") == !hosts.isEmpty)
            }
        }
    }

    /// What an agent says of its use is added up without harm, whatever it says.
    @Test func absurdClaimsAreBounded() async throws {
        let huge = "9223372036854775807"
        let claude =
            #"{"type":"result","is_error":false,"result":"x","total_cost_usd":1e308,"#
            + #""usage":{"input_tokens":\#(huge),"cache_read_input_tokens":\#(huge),"output_tokens":-5}}"#
        try await Self.run("claude-code", stand: Self.standIn(claude), as: "claude") {
            answer, _, _, _, _ in
            let spending = try #require(answer.proposal?.spending)
            #expect(spending.tokens > 1 << 40 && spending.tokens < 1 << 50)
            #expect(spending.costUSD == 1e9)
        }
        let turn =
            #"{"type":"turn.completed","usage":{"input_tokens":\#(huge),"output_tokens":\#(huge)}}"#
        let turns = Array(repeating: turn, count: 5).joined(separator: "\n")
        try await Self.run("codex", stand: Self.standIn(turns), as: "codex") {
            answer, _, _, _, _ in
            #expect((answer.proposal?.spending?.tokens ?? 0) > 1 << 40)
        }
    }

    /// The sandbox reaches its provider, and the gateway puts the key in: it is never inside.
    @Test func aCredentialIsPutInAtTheEdge() throws {
        var agent = try #require(ExternalAgent(name: "claude-code"))
        #expect(agent.network == "allow=api.anthropic.com")
        agent.credential = "anthropic"
        #expect(agent.network == "allow=api.anthropic.com;credential=anthropic")
        let policy = try EgressPolicy(entries: [String(agent.network.dropFirst("allow=".count))])
        #expect(policy.rules.rules.map(\.credential) == ["anthropic"])
        agent.hosts.append("10.0.0.0/8:8443")
        #expect(
            agent.network == "allow=api.anthropic.com;credential=anthropic,10.0.0.0/8:8443")
        #expect(policy.needsInterception)
        #expect(!agent.environment.values.contains { $0.contains("sk-") })
        agent.hosts = []
        #expect(agent.network == "none")
    }

    @Test func namesAndWays() {
        #expect(ExternalAgent(name: "claude-code")?.hosts == ["api.anthropic.com"])
        #expect(ExternalAgent(name: "codex")?.hosts == ["api.openai.com"])
        #expect(ExternalAgent(name: "acp:/a", program: [])?.hosts == [])
        for bad in ["claude-code:x", "acp", "acp:", "command:", "revert", "model", ""] {
            #expect(ExternalAgent(name: bad) == nil, "\(bad)")
        }
        #expect(ExternalAgent.path(in: "acp:/usr/bin/x") == "/usr/bin/x")
    }
}
