package import ArgumentParser
internal import Foundation
internal import RunModel

/// `drydock-tool`: every command but the hot path of `run`, which the front performs itself.
package struct DrydockCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "drydock",
        abstract: "Runs untrusted actions in sandboxed worktrees, and proves what they changed.",
        version: DrydockVersion.text,
        subcommands: [
            ApproveCommand.self,
            AttestCommand.self,
            DepartureCommand.self,
            DoctorCommand.self,
            ForgeProcessCommand.self,
            GarbageCommand.self,
            GateCommand.self,
            HealCommand.self,
            ImageCommand.self,
            InitCommand.self,
            KeysCommand.self,
            MCPCommand.self,
            PolicyCommand.self,
            ProfileCommand.self,
            RejectCommand.self,
            RemoteProcessCommand.self,
            RunToolCommand.self,
            ReproCommand.self,
            RunsCommand.self,
            ServeCommand.self,
            ServeEdgeCommand.self,
            TriageCommand.self,
            VerifyCommand.self,
            WorkerCommand.self,
        ])

    package init() {}
}

/// The entry of the full executable.
package enum CommandLineTool {
    /// The contract's status for a call that is wrong; the library's own is 64.
    private static let usageError: Int32 = 2

    /// ArgumentParser's own `help` shows the nearest parent of a command that there is not, as if that
    /// had been asked for.
    private static func requireKnownHelp(_ arguments: ArraySlice<String>) throws {
        guard arguments.first == "help" else { return }
        var known: any ParsableCommand.Type = DrydockCommand.self
        for name in arguments.dropFirst() where !name.hasPrefix("-") {
            let subcommands = known.configuration.subcommands
            guard let found = subcommands.first(where: { $0._commandName == name }) else {
                var all: [String] = []
                for command in subcommands where command.configuration.shouldDisplay {
                    all.append(command._commandName)
                }
                throw ValidationError(
                    all.isEmpty
                        ? "There is no help on \(name): the command before it has no subcommands."
                        : "There is no command \(name); there are \(all.joined(separator: ", ")).")
            }
            known = found
        }
    }

    package static func main() async {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            try requireKnownHelp(arguments)
            if arguments.first == RunToolCommand.configuration.commandName {
                try RunToolCommand.perform(Array(arguments.dropFirst()))
            }
            var command = try DrydockCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard DrydockCommand.exitCode(for: error) == .validationFailure else {
                DrydockCommand.exit(withError: error)
            }
            let message = DrydockCommand.fullMessage(for: error) + "\n"
            FileHandle.standardError.write(Data(message.utf8))
            exit(usageError)
        }
    }
}
