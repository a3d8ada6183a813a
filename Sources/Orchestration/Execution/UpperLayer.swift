internal import GitWorktrees
internal import LinuxKernel
internal import RunModel

/// What a sandbox wrote over its worktree, held open beyond the sandbox's end: its scratch file
/// system lives as long as a descriptor into it does.
///
/// A class, because a continuation cannot hand over a value that is not copyable.
final class UpperLayer: Sendable {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// The result with its report's change set, as lists and as a tree in the quarantine.
    func adding(
        changesTo tree: String, of repository: GitRepository, to result: CommandResult
    ) async throws -> CommandResult {
        let changes = try await repository.withHandle { handle in
            // The overlay is mounted in the sandbox's own user namespace, also when root runs
            // Drydock: its notes are user.overlay.* (sandbox-init, mount_overlay).
            try handle.changeSet(
                layers: [.descriptor(descriptor.raw, label: "the worktree")], kind: .userOverlay,
                base: try handle.tree(named: tree))
        }
        var result = result
        result.report.changes = changes.lists
        result.report.tree = changes.tree.description
        return result
    }
}
