internal import CGit2
package import WorktreeLookup

/// A tree's files in a directory of one run's own, for hosts that cannot have an overlay. It goes with
/// this value, or with the next `drydock gc`.
package struct WorktreeCopy: ~Copyable {
    /// Absolute.
    package let path: String
    private let scratch: ScratchDirectory

    /// - Parameter gitDirectory: the layer with the throw-away `.git`, see `GitDirectoryLayer`.
    package init(
        of tree: ObjectID, from repository: borrowing RepositoryHandle, layout: CacheLayout,
        gitDirectory: String?
    ) throws(GitError) {
        let scratch = try ScratchDirectory(in: layout.making)
        let made = try DirectoryHandle(scratch.path)
            .makeDirectory(Array("worktree".utf8), mode: 0o755)
        let writer = CheckoutWriter(
            plan: try CheckoutPlan(tree: tree, in: repository), destination: made.path,
            commonDirectory: repository.commonDirectory, quarantine: repository.quarantine)
        _ = try writer.write()
        if let gitDirectory {
            var copy = LayerCopy()
            try copy.apply(.path(gitDirectory), to: made)
        }
        path = made.path
        self.scratch = scratch
    }
}
