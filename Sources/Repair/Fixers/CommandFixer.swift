internal import RunModel

/// An external agent: a program of the operator's that is run in the sandbox with the problem on
/// its standard input. What it says counts for nothing; its change set is its proposal.
package struct CommandFixer: Fixer {
    /// Where the program and its instruction lie in the worktree; never part of a proposal.
    static let directory = ".drydock-agent"

    package let name: String
    package let summary = "runs an external command-line agent in the sandbox"
    private let program: [UInt8]

    /// - Parameters:
    ///   - path: as in `--fixer command:PATH`, for the report.
    ///   - program: the file's bytes, read by the edge.
    package init(path: String, program: [UInt8]) {
        name = "command:\(path)"
        self.program = program
    }

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        let executable = "\(Self.directory)/agent"
        let instruction = Array(AgentInstruction.text(for: problem).utf8)
        var request = CommandRequest(
            tree: problem.tree, arguments: ["./" + executable], limits: problem.limits,
            role: "agent")
        request.standardInput = instruction
        request.overlays = [
            OverlayFile(path: executable, content: program, isExecutable: true),
            OverlayFile(path: "\(Self.directory)/instruction.md", content: instruction),
        ]
        request.environment["DRYDOCK_INSTRUCTION"] = "\(Self.directory)/instruction.md"
        request.wantsChanges = true
        let result = try await tools.executor.run(request)
        guard let left = result.report.tree else {
            return .nothing(
                reason: "it ended with \(result.report.outcome.rawValue), no change set")
        }
        let own = try await tools.trees.files(inTree: left)
            .filter { $0.path.hasPrefix(Self.directory + "/") }
        let tree = try await tools.trees.writeTree(
            base: left, edits: own.map { TreeEdit(path: $0.path, content: nil) })
        guard tree != problem.tree else {
            return .nothing(reason: "it changed nothing, whatever it said")
        }
        guard !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "it proposed what was tried already")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .agent, tree: tree, base: problem.tree,
                explanation: "Proposed by the external agent `\(name)`; Drydock knows nothing of "
                    + "its reasons."))
    }
}
