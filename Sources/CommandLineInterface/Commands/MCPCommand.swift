internal import ArgumentParser
internal import Foundation
internal import MCPService
internal import Orchestration
internal import RunStore

/// `drydock mcp`: the Model Context Protocol over standard input and output.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serves the Model Context Protocol over standard input and output.",
        discussion: """
            For an agent on this machine; over HTTP `drydock serve` has the same at /mcp. Ends \
            with its input. docs/mcp.md has the set-up for the common clients.
            """)

    @OptionGroup var data: DataOption

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "mcp") {
                let state = try StateDirectory.prepared(at: try data.directory())
                let center = try WorkCenter(
                    state: state, store: try Store(path: state.store), host: try ExecutionHost(),
                    repositories: LocalRepositories())
                let server = MCPServer(
                    jobs: center.jobs, workbench: center.workbench, store: center.store,
                    state: state, repositories: center.repositories, secret: center.secret)
                let transport = StandardStreamsTransport(
                    server: server, caller: MCPServer.Caller(tenant: "local"),
                    write: { LineOutput.write($0) })
                for await line in LineInput.lines() { transport.receive(line) }
                await transport.finish()
                return 0
            })
    }
}

/// Whole lines on standard output, never mixed.
private enum LineOutput {
    private static let lock = NSLock()

    static func write(_ line: String) {
        lock.withLock { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    }
}

/// Lines of standard input, read on a thread that may block.
private enum LineInput {
    /// A longer line is no message of anybody's.
    private static let lineLimit = 64 << 20

    static func lines() -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            let thread = Thread {
                var rest: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = read(0, &buffer, buffer.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    rest += buffer[..<count]
                    while let end = rest.firstIndex(of: 10) {
                        let line = Array(rest[..<end])
                        rest.removeSubrange(...end)
                        if !line.allSatisfy({ $0 == 13 || $0 == 32 }) { continuation.yield(line) }
                    }
                    guard rest.count <= lineLimit else { break }
                }
                continuation.finish()
            }
            thread.name = "drydock.mcp.input"
            thread.start()
        }
    }
}
