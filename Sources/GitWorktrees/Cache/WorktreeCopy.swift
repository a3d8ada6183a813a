internal import CGit2

extension RepositoryHandle {
    /// Writes a tree's files into an empty directory of one run's own, for hosts that cannot have an
    /// overlay. Its change set is read with the kind `.plain`; the report has to name the fallback.
    ///
    /// - Parameters:
    ///   - directory: absolute path.
    ///   - gitDirectory: the layer with the throw-away `.git`, see `GitDirectoryLayer`.
    package func writeCopy(
        of tree: ObjectID, to directory: String, gitDirectory: String?
    ) throws(GitError) {
        let writer = CheckoutWriter(
            plan: try CheckoutPlan(tree: tree, in: self), destination: directory,
            commonDirectory: commonDirectory, quarantine: quarantine)
        _ = try writer.write()
        guard let gitDirectory else { return }
        var copy = try LayerCopy()
        try copy.apply(.path(gitDirectory), to: DirectoryHandle(directory))
    }
}
