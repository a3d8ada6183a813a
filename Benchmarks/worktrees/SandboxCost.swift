import Foundation
import RunModel
import Sandboxing

/// What a worktree adds to a sandbox: the same command with and without one, turn by turn.
enum SandboxCost {
    static func measure(_ lowers: [String], _ measured: inout Measurements) throws {
        let environment: VariableList = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        let profile = try CompiledProfileStore(environment: environment).load("build")
        let host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment)
        let plain = SandboxRequest(command: ["/bin/true"], profile: profile)
        var withTree = plain
        withTree.overlays = [
            OverlaySpecification(
                lowers: lowers, mountPoint: SandboxRequest.emptyWorkingDirectory)
        ]
        var setups: [[Double]] = [[], []]
        var walls: [[Double]] = [[], []]
        for _ in 0..<100 {
            for (index, request) in [plain, withTree].enumerated() {
                let start = ContinuousClock.now
                let report = try Sandbox.run(request, on: host).report
                let passed = ContinuousClock.now - start
                guard report.exitStatus == 0, let setup = report.setupMilliseconds else {
                    throw Command.Failure(text: "the sandbox did not run: \(report)")
                }
                setups[index].append(setup)
                walls[index].append(Double(passed.components.attoseconds) / 1e15)
            }
        }
        measured.add("sandbox without a repository, set-up", setups[0])
        measured.add("sandbox with a worktree, set-up", setups[1])
        measured.add("sandbox without a repository, start to end", walls[0])
        measured.add("sandbox with a worktree, start to end", walls[1])
    }
}
