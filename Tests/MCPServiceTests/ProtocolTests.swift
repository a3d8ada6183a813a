import Foundation
import Testing

/// What no stock client sends: wrong, half, hostile.
@Suite struct ProtocolTests {
    private static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

    private func answers(_ lines: [String]) throws -> [[String: Any]] {
        let data = NSTemporaryDirectory() + "drydock-mcp-protocol-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: data) }
        let ended = try Program.run(
            Program.tool, ["mcp", "--data", data], input: lines.joined(separator: "\n") + "\n")
        #expect(ended.status == 0)
        return try ended.output.split(separator: "\n").map { line in
            try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
    }

    private func code(_ answer: [String: Any]?) -> Int? {
        (answer?["error"] as? [String: Any])?["code"] as? Int
    }

    @Test(arguments: [
        (#"not json"#, -32700),
        (#"[]"#, -32600),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, -32602),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
            -32602
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2030-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
            -32022
        ),
        (#"{"jsonrpc":"2.0","id":1,"method":"no/such","params":{META}}"#, -32601),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{META}}"#, -32601),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none",META}}"#, -32602),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd",META}}"#,
            -32602
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"drydock://jobs/../x/log",META}}"#,
            -32602
        ),
    ])
    func errorsHaveTheirCodes(line: String, expected: Int) throws {
        let answers = try answers([line.replacing("META", with: Self.meta)])
        #expect(answers.count == 1)
        #expect(code(answers.first) == expected, "\(answers)")
    }

    @Test func discoveryNamesBothGenerations() throws {
        let answer = try #require(
            try answers([
                #"{"jsonrpc":"2.0","id":7,"method":"server/discover","params":{META}}"#
                    .replacing("META", with: Self.meta)
            ]).first)
        let result = try #require(answer["result"] as? [String: Any])
        #expect(result["resultType"] as? String == "complete")
        #expect(
            result["supportedVersions"] as? [String]
                == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"])
        #expect(result["ttlMs"] as? Int != nil && result["cacheScope"] as? String != nil)
        let meta = try #require(result["_meta"] as? [String: Any])
        #expect(meta["io.modelcontextprotocol/serverInfo"] != nil)
    }

    @Test(arguments: ["2025-11-25", "2025-06-18", "2025-03-26", "1999-01-01"])
    func initializationChoosesAVersion(asked: String) throws {
        let answers = try answers([
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(asked)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
        ])
        let result = try #require(answers.first?["result"] as? [String: Any])
        let known = ["2025-11-25", "2025-06-18", "2025-03-26"].contains(asked)
        #expect(result["protocolVersion"] as? String == (known ? asked : "2025-11-25"))
    }

    @Test func overHTTPHeadersMustAgreeWithTheBody() throws {
        let project = try Project()
        let service = try Service(project)
        func status(_ headers: [String], _ method: String = "tools/list") throws -> String {
            let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(Self.meta)}}"#
            return try Program.run(
                "/usr/bin/curl",
                [
                    "-s", "-o", "/dev/stdout", "-w", " %{http_code}", "-H",
                    "X-API-Key: \(service.key)", "-H", "Content-Type: application/json",
                    "--data-binary", body, service.url + "/mcp",
                ] + headers.flatMap { ["-H", $0] }
            ).output
        }
        let version = "MCP-Protocol-Version: 2026-07-28"
        #expect(try status([version, "Mcp-Method: tools/list"]).hasSuffix(" 200"))
        let other = try status([version, "Mcp-Method: tools/call"])
        #expect(other.hasSuffix(" 400") && other.contains("-32020"))
        #expect(try status([version]).hasSuffix(" 400"))
        let missing = try status([version, "Mcp-Method: no/such"], "no/such")
        #expect(missing.hasSuffix(" 404") && missing.contains("-32601"))
        let foreign = try status([
            version, "Mcp-Method: tools/list", "Origin: http://evil.example",
        ])
        #expect(foreign.hasSuffix(" 403"))
        let stranger = try Program.run(
            "/usr/bin/curl",
            ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", service.url + "/mcp"])
        #expect(stranger.output == "401")
        let get = try Program.run(
            "/usr/bin/curl",
            [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "X-API-Key: \(service.key)",
                service.url + "/mcp",
            ])
        #expect(get.output == "405")
    }
}
