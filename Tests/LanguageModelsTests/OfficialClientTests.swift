import Foundation
import HTTPTransport
import LanguageModels
import RunModel
import TestSupport
import Testing

/// The scripted servers of these tests, asked by the providers' own Python clients: what those read
/// is what the wire format is. And an independent server, asked by our client.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["DRYDOCK_LONG"] == "1",
        "installs the official clients from the package index (make test-long)"))
struct OfficialClientTests {
    private static let script = """
        import json, sys
        wire, url = sys.argv[1], sys.argv[2]
        said, calls, usage = "", [], None
        tool = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
        for streamed in (False, True):
            said, calls = "", []
            if wire == "openai":
                import openai
                client = openai.OpenAI(base_url=url + "/v1", api_key="k", max_retries=0)
                tools = [{"type": "function", "function": {"name": "add", "parameters": tool}}]
                messages = [{"role": "user", "content": "hi"}]
                if streamed:
                    args = ""
                    for c in client.chat.completions.create(model="m", messages=messages, tools=tools,
                            stream=True, stream_options={"include_usage": True}):
                        usage = c.usage or usage
                        for choice in c.choices:
                            said += choice.delta.content or ""
                            for t in choice.delta.tool_calls or []: args += t.function.arguments or ""
                    calls = [json.loads(args)]
                else:
                    r = client.chat.completions.create(model="m", messages=messages, tools=tools)
                    said = r.choices[0].message.content
                    calls = [json.loads(t.function.arguments) for t in r.choices[0].message.tool_calls]
                    usage = r.usage
                tokens = [usage.prompt_tokens, usage.completion_tokens]
            elif wire == "anthropic":
                import anthropic
                client = anthropic.Anthropic(base_url=url, api_key="k", max_retries=0)
                arguments = dict(model="m", max_tokens=99, messages=[{"role": "user", "content": "hi"}],
                    tools=[{"name": "add", "input_schema": tool}])
                if streamed:
                    with client.messages.stream(**arguments) as stream:
                        r = stream.get_final_message()
                else:
                    r = client.messages.create(**arguments)
                said = "".join(b.text for b in r.content if b.type == "text")
                calls = [b.input for b in r.content if b.type == "tool_use"]
                tokens = [r.usage.input_tokens, r.usage.output_tokens]
            else:
                import ollama
                client = ollama.Client(host=url)
                r = client.chat(model="m", messages=[{"role": "user", "content": "hi"}], stream=streamed)
                last = None
                for part in (r if streamed else [r]):
                    said += part.message.content or ""
                    calls += [dict(t.function.arguments) for t in part.message.tool_calls or []]
                    last = part
                tokens = [last.prompt_eval_count, last.eval_count]
            print(json.dumps([said, calls, tokens], ensure_ascii=False))
        """

    /// An interpreter with the clients, in a new environment of its own.
    private static func python(in directory: String, _ packages: [String]) throws -> String {
        let environment = directory + "/environment"
        _ = try GitCommandLine.output(of: ["python3", "-m", "venv", environment])
        _ = try GitCommandLine.output(of: [environment + "/bin/pip", "install", "-q"] + packages)
        return environment + "/bin/python3"
    }

    @Test func officialClientsReadTheScriptedServers() async throws {
        try withTemporaryDirectory { directory in
            let python = try Self.python(
                in: directory, ["openai==3.57.0", "anthropic==2.14.0", "ollama==0.6.3"])
            for wire in ModelWire.allCases {
                let model = try ScriptedModel(wire) { _, _ in
                    ScriptedAnswer(
                        "Grüße 🙂", calls: [("add", #"{"a":7}"#)], inputTokens: 12, outputTokens: 5)
                }
                let output = try GitCommandLine.output(of: [
                    python, "-c", Self.script, wire.rawValue, model.server.url,
                ])
                let line = #"["Grüße 🙂", [{"a": 7}], [12, 5]]"#
                #expect(output == line + "\n" + line, "\(wire)")
            }
        }
    }

    /// mock-ai-api knows nothing of Drydock: text, tools and errors of two wire formats.
    @Test func anIndependentServerIsUnderstood() async throws {
        try await withTemporaryDirectory { directory in
            let python = try Self.python(in: directory, ["mock-ai-api==0.1.1"])
            for wire in [ModelWire.openai, .anthropic] {
                let probe = try ScriptedServer { _, _ in .answer(200) }
                let port = probe.port
                _ = consume probe
                let server = Process()
                server.executableURL = URL(fileURLWithPath: python)
                server.arguments = [
                    "-m", "uvicorn", "app.\(wire.rawValue)_app:app", "--host", "127.0.0.1",
                    "--port",
                    String(port), "--log-level", "error",
                ]
                try server.run()
                defer { server.terminate() }
                let web = try WebClient()
                for _ in 0..<100 {
                    let health = try? await web.send(
                        WebRequest(.get, "http://127.0.0.1:\(port)/health"))
                    if health?.status == 200 { break }
                    try await Task.sleep(for: .milliseconds(200))
                }
                for isStreaming in [false, true] {
                    let client = try ModelFixture.client(
                        wire, "http://127.0.0.1:\(port)", isStreaming: isStreaming)
                    var request = ModelFixture.request
                    request.messages = [ModelMessage(role: .user, text: "Write a file")]
                    let base = wire == .openai ? "gpt-4.1" : "claude-sonnet-4-20250514"
                    request.model = base + ":mock-text"
                    let text = try await client.complete(request)
                    #expect(!text.text.isEmpty && text.usage.totalTokens > 0, "\(wire)")
                    request.model =
                        base + (wire == .openai ? ":mock-tool-stream" : ":mock-tool-use")
                    let call = try await client.complete(request)
                    #expect(call.stopReason == .toolCalls && call.toolCalls.count == 1, "\(wire)")
                    #expect(call.toolCalls[0].argumentsJSON.contains("mock-file.txt"))
                    let faults: [(String, ModelFailure.Kind)] = [
                        ("401", .wrongKey), ("429", .overloaded), ("500", .overloaded),
                        ("503", .overloaded), ("400", .badRequest),
                    ]
                    for (status, kind) in faults {
                        request.model = "\(base):mock-\(status)"
                        let failure = await #expect(throws: ModelFailure.self) {
                            try await client.complete(request)
                        }
                        #expect(failure?.kind == kind, "\(wire) \(status)")
                    }
                }
            }
        }
    }
}
