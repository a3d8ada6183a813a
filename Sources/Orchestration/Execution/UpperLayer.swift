internal import GitWorktrees
internal import LinuxKernel
internal import RunModel
internal import Sandboxing

/// What a sandbox wrote over its worktree, held open beyond the sandbox's end: its scratch file
/// system lives as long as a descriptor into it does.
///
/// A class, because a continuation cannot hand over a value that is not copyable.
final class UpperLayer: Sendable {
    private let descriptor: OwnedDescriptor
    private let kind: LayerKind
    /// Files that were laid over the tree: no change, wherever a run moved their directory to.
    private let files: OverlayFolder?

    /// - Parameter result: its first overlay is the worktree.
    init(
        of result: borrowing SandboxResult, over files: consuming OverlayFolder? = nil
    ) throws(SystemError) {
        descriptor = try result.openUpper(0)
        kind = LayerKind(result.notes(ofUpper: 0))
        self.files = files
    }

    private var beneath: [DirectorySource] {
        switch files {
        case .some(let folder): [.path(folder.path)]
        case .none: []
        }
    }

    /// The result with its report's change set, as lists and as a tree in the quarantine.
    func adding(
        changesTo tree: String, of repository: GitRepository, to result: CommandResult
    ) async throws -> CommandResult {
        let changes = try await repository.withHandle { handle in
            try handle.changeSet(
                layers: [.descriptor(descriptor.raw, label: "the worktree")], beneath: beneath,
                kind: kind, base: try handle.tree(named: tree))
        }
        var result = result
        result.report.changes = changes.lists
        result.report.tree = changes.tree.description
        return result
    }
}
