internal import ArgumentParser
internal import Foundation
internal import Orchestration

/// Not for people: `heal` and the service start it as the only process that reads the credential of
/// a repository's own remote, and talk to it over a socket.
struct RemoteProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote-process", abstract: "Pushes to a repository's own remote.",
        shouldDisplay: false)

    func run() async throws {
        do { try await RemoteServer.serve() } catch {
            FileHandle.standardError.write(Data("drydock remote-process: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
