internal import ArgumentParser
internal import Foundation

/// `drydock worker`, of which the contract says what it answers until it exists.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Takes work from a queue (not in this version).")

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var arguments: [String] = []

    func run() throws {
        FileHandle.standardError.write(Data("drydock worker: not in this version\n".utf8))
        throw ExitCode(2)
    }
}
