import Foundation
import Testing

/// The stock `mcp` packages, both lines, over both transports.
@Suite(.serialized) struct ClientTests {
    @Test(arguments: [
        ("mcp2", "auto full", "2026-07-28"), ("mcp2", "legacy short", "2025-11-25"),
        ("mcp1", "auto short", "2025-11-25"),
    ])
    func overStandardStreams(client: String, mode: String, version: String) throws {
        let project = try Project()
        let ended = try Program.run(
            Program.python(client),
            [
                Program.fixture("scenario.py"), "stdio", Program.tool, project.data, project.path,
            ] + mode.split(separator: " ").map(String.init))
        #expect(ended.output.hasSuffix("OK\n"), "\(ended.output)")
        #expect(ended.output.hasPrefix(version), "\(ended.output.prefix(40))")
    }

    /// The gate wants a human: the client is told so, and goes on once one has decided.
    @Test func approvalsAreAskedForAsInputRequired() throws {
        let project = try Project()
        let ended = try Program.run(
            Program.python("mcp2"),
            [Program.fixture("approval.py"), Program.tool, project.data, project.path])
        #expect(ended.output.hasSuffix("OK\n"), "\(ended.output)")
    }

    @Test(arguments: [
        ("mcp2", "auto short", "2026-07-28"), ("mcp2", "legacy short", "2025-11-25"),
        ("mcp1", "auto full", "2025-11-25"),
    ])
    func overHTTP(client: String, mode: String, version: String) throws {
        let project = try Project()
        let service = try Service(project)
        let ended = try Program.run(
            Program.python(client),
            [
                Program.fixture("scenario.py"), "http", service.url + "/mcp", service.key, "calc",
            ] + mode.split(separator: " ").map(String.init))
        #expect(ended.output.hasSuffix("OK\n"), "\(ended.output)")
        #expect(ended.output.hasPrefix(version), "\(ended.output.prefix(40))")
    }
}
