import Foundation
import JSONText
import Repair
import RunModel
import TestSupport
import Testing

/// An ACP agent behind the built `agent-client`.
@Suite struct AgentProtocolTests {
    /// An agent of the test's own, on the published schema: it checks every message of the client
    /// and does a little of everything that an agent may ask for.
    static let agent = """
        #!/usr/bin/env python3
        import json, os, sys
        def send(**m): sys.stdout.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); sys.stdout.flush()
        def receive():
            line = sys.stdin.readline()
            if not line: sys.exit(0)
            return json.loads(line)
        number = 100
        def ask(method, **params):
            global number
            number += 1
            send(id=number, method=method, params=params)
            answer = receive()
            assert answer["id"] == number and answer["jsonrpc"] == "2.0", answer
            return answer
        m = receive()
        assert m["method"] == "initialize" and m["params"]["protocolVersion"] == 1, m
        assert m["params"]["clientCapabilities"]["fs"] == {"readTextFile": True, "writeTextFile": True}
        send(id=m["id"], result={"protocolVersion": int(os.environ.get("ACP_VERSION", "1")),
            "agentCapabilities": {}, "authMethods": []})
        print("a line that is no message", flush=True)
        m = receive()
        assert m["method"] == "session/new" and os.path.isabs(m["params"]["cwd"]), m
        assert m["params"]["mcpServers"] == []
        cwd = m["params"]["cwd"]
        send(id=m["id"], result={"sessionId": "s1"})
        m = receive()
        assert m["method"] == "session/prompt" and m["params"]["sessionId"] == "s1", m
        assert "Failing tests" in m["params"]["prompt"][0]["text"]
        turn = m["id"]
        send(method="session/update", params={"sessionId": "s1", "update": {
            "sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "Looking"}}})
        options = [{"optionId": "never", "name": "No", "kind": "reject_once"},
                   {"optionId": "always", "name": "Always", "kind": "allow_always"},
                   {"optionId": "yes", "name": "Yes", "kind": "allow_once"}]
        def permission(path):
            return ask("session/request_permission", sessionId="s1", options=options, toolCall={
                "toolCallId": "t", "title": "edit", "kind": "edit", "locations": [{"path": path}]})
        inside = permission(cwd + "/a.txt")["result"]["outcome"]
        assert inside == {"outcome": "selected", "optionId": "yes"}, inside
        outside = permission("/etc/passwd")["result"]["outcome"]
        assert outside == {"outcome": "selected", "optionId": "never"}, outside
        assert "error" in ask("fs/write_text_file", sessionId="s1", path="/tmp/out", content="x")
        assert "error" in ask("fs/read_text_file", sessionId="s1", path=cwd + "/../x")
        assert ask("terminal/create", sessionId="s1", command="id")["error"]["code"] == -32601
        text = ask("fs/read_text_file", sessionId="s1", path=cwd + "/a.txt")["result"]["content"]
        assert text == "broken\\n", text
        end = os.environ.get("ACP_END", "end_turn")
        if end == "crash": os._exit(9)
        ask("fs/write_text_file", sessionId="s1", path=cwd + "/a.txt", content="fixed\\n")
        send(id=turn, result={"stopReason": end})
        """

    static func run(
        _ program: String, environment: [String: String] = [:],
        _ check: (FixerAnswer, RepairFixture, MemoryMeter) async throws -> Void
    ) async throws {
        let built =
            (try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe") as NSString).deletingLastPathComponent
        let client = try #require(
            FileManager.default.contents(atPath: built + "/agent-client"), "build agent-client")
        try await RepairFixture.with(
            good: ["a.txt": "fixed\n", "tests/t": "x"], culprit: ["a.txt": "broken\n"]
        ) { fixture in
            let meter = MemoryMeter()
            var tools = fixture.tools(environment: environment)
            tools.models = ModelAccess(ladder: [], meter: meter, recorder: meter)
            let agent = try #require(
                ExternalAgent(
                    name: "acp:/x", program: Array(program.utf8), client: Array(client)))
            let answer = try await AgentFixer(agent).propose(
                for: fixture.problem(log: "boom", causal: ["a.txt"]), using: tools)
            try await check(answer, fixture, meter)
        }
    }

    @Test func anAgentIsPromptedAndItsChangeSetCounts() async throws {
        try await Self.run(Self.agent) { answer, fixture, meter in
            let proposal = try #require(answer.proposal, "\(answer.reason)")
            #expect(try fixture.changed(proposal.tree) == ["a.txt"])
            #expect(try fixture.text("a.txt", in: proposal.tree) == "fixed\n")
            #expect(meter.events.first?.payload["exit_code"] == 0)
        }
    }

    @Test(arguments: [
        ["ACP_VERSION": "2"], ["ACP_END": "crash"],
    ]) func whatBreaksIsNoProposal(environment: [String: String]) async throws {
        try await Self.run(Self.agent, environment: environment) { answer, _, meter in
            #expect(answer.proposal == nil && answer.reason.contains("exit 2"))
            #expect(meter.count("agent.ended") == 1)
        }
    }

    @Test func aRefusalIsRecordedAndItsChangesAreJudgedAllTheSame() async throws {
        try await Self.run(Self.agent, environment: ["ACP_END": "refusal"]) { answer, _, meter in
            #expect(answer.proposal != nil)
            #expect(meter.events.first?.payload["exit_code"] == 3)
        }
    }

    /// The library of the protocol's own authors, whose models are generated from its schema,
    /// accepts every message of the client.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == "1",
            "installs agent-client-protocol from the package index (make test-long)"))
    func theOfficialLibraryAgrees() async throws {
        try await withTemporaryDirectory { directory in
            let environment = directory + "/environment"
            _ = try GitCommandLine.output(of: ["python3", "-m", "venv", environment])
            _ = try GitCommandLine.output(of: [
                environment + "/bin/pip", "install", "-q", "agent-client-protocol==0.12.1",
            ])
            let program = """
                #!\(environment)/bin/python3
                import asyncio
                from acp import Agent, run_agent, InitializeResponse, NewSessionResponse, PromptResponse
                from acp import text_block, update_agent_message
                from acp.schema import PermissionOption, ToolCallUpdate, ToolCallLocation

                class Repairer(Agent):
                    def on_connect(self, conn): self.conn = conn
                    async def initialize(self, protocol_version, **_):
                        return InitializeResponse(protocol_version=protocol_version)
                    async def new_session(self, cwd, **_):
                        self.cwd = cwd
                        return NewSessionResponse(session_id="s")
                    async def prompt(self, prompt, session_id, **_):
                        await self.conn.session_update(
                            session_id=session_id, update=update_agent_message(text_block("Looking")))
                        path = self.cwd + "/a.txt"
                        answer = await self.conn.request_permission(
                            session_id=session_id,
                            tool_call=ToolCallUpdate(
                                tool_call_id="t", locations=[ToolCallLocation(path=path)]),
                            options=[PermissionOption(option_id="y", name="Yes", kind="allow_once")])
                        assert answer.outcome.option_id == "y"
                        text = await self.conn.read_text_file(session_id=session_id, path=path)
                        assert text.content == "broken\\n"
                        await self.conn.write_text_file(
                            session_id=session_id, path=path, content="fixed\\n")
                        return PromptResponse(stop_reason="end_turn")

                asyncio.run(run_agent(Repairer()))
                """
            try await Self.run(program) { answer, fixture, meter in
                let proposal = try #require(answer.proposal, "\(answer.reason)")
                #expect(try fixture.changed(proposal.tree) == ["a.txt"])
                #expect(meter.events.first?.payload["exit_code"] == 0)
            }
        }
    }
}
