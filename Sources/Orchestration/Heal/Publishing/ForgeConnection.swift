package import Forges
internal import Foundation
package import GitWorktrees
package import RunModel

/// A hosted forge, ready for the loop: its process runs, its token was accepted.
package struct ForgeConnection: Sendable {
    package var forge: any HostedForge
    /// What git is told as the remote.
    package var remote: String
    /// Blocks until the forge has answered; called on git's own thread.
    package var exchange: GitServiceExchange

    package init(forge: any HostedForge, remote: String, exchange: @escaping GitServiceExchange) {
        self.forge = forge
        self.remote = remote
        self.exchange = exchange
    }

    /// Starts the process that holds the token, and asks a first question, so that a wrong token
    /// or name is known before anything is spent.
    package static func open(
        _ name: String, repository: GitRepository,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: String = Self.executable
    ) async throws -> ForgeConnection {
        guard let kind = ForgeCatalog.hosted(name) else {
            throw ForgeError(
                operation: "choosing a forge", subject: name, reason: "there is no such forge",
                remedy: "It is one of " + ForgeCatalog.all.joined(separator: ", "))
        }
        let address = try kind.address(
            environment: environment, remote: try await repository.remoteURL(named: "origin"))
        let process = try ForgeProcess(
            kind: kind, address: address, executable: executable,
            environment: ForgeProcess.variables(of: kind, from: environment))
        _ = try await process.defaultBranch()
        return ForgeConnection(
            forge: process, remote: process.gitURL,
            exchange: { try process.exchangeBlocking($0) })
    }

    /// This program, which serves as the forge's process when it is told to.
    package static var executable: String {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return own ?? CommandLine.arguments[0]
    }

    /// Serves as the forge's process on standard input.
    package static func serve() async throws {
        try await ForgeServer.serve(environment: ProcessInfo.processInfo.environment)
    }
}
