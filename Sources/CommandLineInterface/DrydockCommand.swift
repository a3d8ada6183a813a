package import ArgumentParser
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
            DoctorCommand.self,
            GarbageCommand.self,
            GateCommand.self,
            HealCommand.self,
            InitCommand.self,
            PolicyCommand.self,
            ProfileCommand.self,
            RejectCommand.self,
            RunToolCommand.self,
            RunsCommand.self,
            TriageCommand.self,
            VerifyCommand.self,
        ])

    package init() {}
}

/// The entry of the full executable.
package enum CommandLineTool {
    package static func main() async {
        await DrydockCommand.main()
    }
}
