internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import Sandboxing

/// `drydock run` with what the front does not have: repositories, images, the egress gateway.
///
/// Its words are read by `RunOptions`, as in the front. What is declared here is for its help and for
/// shells, which complete what the library knows.
struct RunToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs one command in a sandbox.",
        discussion: """
            Exits as the command does; with 128+N when a signal N ended it, 124 at the wall-clock \
            limit, 125 when Drydock itself failed or was called wrongly (nothing was run, or the \
            sandbox could not be kept), 126 when the command is not executable, 127 when it is not \
            there, 130 or 143 when Drydock was told to stop, and 137 when a limit of memory, \
            processes, disk, processor time or output, or the filter of system calls, ended it: the \
            report names which.
            """)

    @Option(name: .customLong("bind"), help: RunHelp.of("--bind"), completion: .directory)
    var binds: [String] = []
    @Option(help: RunHelp.of("--cpu-time")) var cpuTime: String?
    @Option(help: RunHelp.of("--cpus")) var cpus: String?
    @Option(help: RunHelp.of("--disk")) var disk: String?
    @Option(name: .customLong("env"), help: RunHelp.of("--env")) var environment: [String] = []
    @Flag(help: RunHelp.of("--explain")) var explain = false
    @Flag(help: RunHelp.of("--ignored")) var ignored = false
    @Option(help: RunHelp.of("--image"), completion: .directory) var image: String?
    @Flag(help: RunHelp.of("--keep")) var keep = false
    @Option(help: RunHelp.of("--memory")) var memory: String?
    @Option(help: RunHelp.of("--net"), completion: .list(["none", "loopback", "allow=", "host"]))
    var net: String?
    @Option(help: RunHelp.of("--net-record"), completion: .directory) var netRecord: String?
    @Option(help: RunHelp.of("--net-replay"), completion: .directory) var netReplay: String?
    @Option(help: RunHelp.of("--output-limit")) var outputLimit: String?
    @Option(help: RunHelp.of("--patch"), completion: .file()) var patch: String?
    @Option(help: RunHelp.of("--pids")) var pids: String?
    @Option(help: RunHelp.of("--profile"), completion: .file()) var profile: String?
    @Option(help: RunHelp.of("--repo"), completion: .directory) var repo: String?
    @Option(help: RunHelp.of("--report"), completion: .file()) var report: String?
    @Option(help: RunHelp.of("--rev")) var rev: String?
    @Option(help: RunHelp.of("--stdin"), completion: .file()) var stdin: String?
    @Option(help: RunHelp.of("--timeout")) var timeout: String?
    @Flag(help: RunHelp.of("--trace-files")) var traceFiles = false
    @Flag(help: RunHelp.of("--tty")) var tty = false

    @Argument(parsing: .postTerminator, help: "The command and its arguments.")
    var command: [String] = []

    /// Performs `drydock run` with the words that follow it.
    static func perform(_ arguments: [String]) throws {
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
        if status < 0 { throw CleanExit.helpRequest(RunToolCommand.self) }
        // Not thrown: the library has meanings of its own for some numbers, such as 64.
        Foundation.exit(status)
    }
}

private enum RunHelp {
    /// What the table of options says of one.
    static func of(_ name: String) -> ArgumentHelp {
        let option = RunOptionTable.all.first { $0.name == name }
        return ArgumentHelp(option?.help ?? "", valueName: option?.placeholder)
    }
}
