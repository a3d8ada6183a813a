internal import ArgumentParser
internal import Foundation
internal import Orchestration

/// Not for people: `heal` starts it as the only process that knows a forge's token, and talks to
/// it over a socket.
struct ForgeProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forge-process", abstract: "Holds a forge's credential.",
        shouldDisplay: false)

    func run() async throws {
        do { try await ForgeConnection.serve() } catch {
            FileHandle.standardError.write(Data("drydock forge-process: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
