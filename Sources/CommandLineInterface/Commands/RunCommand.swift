internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import Sandboxing

/// `drydock run` with what the front does not have: repositories, images, the egress gateway.
struct RunToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs one command in a sandbox.",
        discussion: RunOptionTable.help)

    @Argument(parsing: .captureForPassthrough, help: "Options, --, and the command.")
    var arguments: [String] = []

    func run() throws {
        let status: Int32
        do throws(SandboxError) {
            let options = try RunOptions.parse(arguments)
            if options.wantsHelp {
                status = -1
            } else {
                let command = RunCommand(
                    options: options,
                    environment: VariableList(ProcessInfo.processInfo.environment),
                    addition: RunWorktree(options: options))
                status = try command.run()
            }
        } catch {
            FileHandle.standardError.write(Data("drydock: \(error)\n".utf8))
            status = error.exitStatus
        }
        if status < 0 { throw CleanExit.helpRequest(self) }
        throw ExitCode(status)
    }
}
