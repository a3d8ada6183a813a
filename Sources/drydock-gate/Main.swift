internal import CFrontStart
internal import CGateStart
internal import ChangeGate
internal import Foundation
internal import Glibc
internal import LinuxKernel

/// `drydock gate ...`, which the front hands to it: what pipelines and hooks wait for starts without
/// the libraries of all other commands.
@main
struct Main {
    static func main() async {
        front_restore_environment()
        let arguments = OwnArguments.all
        guard let call = GateCall(arguments: Array(arguments.dropFirst(2))) else {
            exit(becomeTool(arguments))
        }
        GateCoordinator.prepare()
        exit(await call.perform())
    }

    /// Help, and calls that are wrong, are answered by the full tool.
    private static func becomeTool(_ arguments: [String]) -> Int32 {
        let own = FileKind.linkTarget("/proc/self/exe") ?? ""
        let directory = own.lastIndex(of: "/").map { own[..<$0] } ?? ""
        let error = HostProgram.become(directory + "/drydock-tool", arguments: arguments)
        FileHandle.standardError.write(Data("drydock gate: \(error)\n".utf8))
        return 2
    }
}
