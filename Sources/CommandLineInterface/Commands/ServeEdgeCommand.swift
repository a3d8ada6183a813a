internal import ArgumentParser
internal import HTTPService

/// The part of `drydock serve` that parses requests, where that was started as root.
struct ServeEdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ServiceEdge.commandName,
        abstract: "A part of drydock serve, which starts it.", shouldDisplay: false)

    @Option(help: "The user to become first.")
    var become: UInt32?

    func run() async throws {
        throw ExitCode(
            await CommandOutcome.status(of: "serve") {
                if let become { try ServiceEdge.become(become) }
                try await ServiceEdge.run()
                return 0
            })
    }
}
