internal import Glibc

/// A tree that is checked out already, ready to be the lower layers of an overlay.
package struct CachedTree: ~Copyable, Sendable {
    package let tree: String
    /// Absolute paths, topmost first, as overlayfs wants them.
    package let lowers: [String]
    private let lease: TreeLease

    /// - Returns: `nil` unless every layer is there, whole and sealed since the last boot.
    package init?(tree: String, in layout: CacheLayout, bootID: String) {
        guard let seal = Self.seal(of: tree, in: layout, bootID: bootID) else { return nil }
        for layer in seal.layers.dropFirst() {
            guard Self.seal(of: layer, in: layout, bootID: bootID) != nil else { return nil }
        }
        guard let lease = TreeLease(seals: seal.layers.map { layout.seal(ofTree: $0) }) else {
            return nil
        }
        self.tree = tree
        self.lease = lease
        lowers = seal.layers.map { layout.files(ofTree: $0) }
    }

    private static func seal(
        of tree: String, in layout: CacheLayout, bootID: String
    ) -> TreeSeal? {
        let seal = SmallFile.text(layout.seal(ofTree: tree)).flatMap { TreeSeal(text: $0) }
        guard let seal, seal.bootID == bootID, seal.layers.first == tree else { return nil }
        return seal
    }
}

/// Answers from files alone what `--repo R --rev V` means, where that was asked before: for a
/// front that starts in a millisecond and has neither Foundation nor libgit2.
package enum CachedTreeLookup {
    /// What the overlay of a worktree is made of.
    package struct Found: ~Copyable, Sendable {
        package let tree: CachedTree
        /// `nil` where none was made yet.
        package let gitDirectory: GitDirectoryLayer?

        /// Absolute paths, topmost first: the git directory over the checkout.
        package var lowers: [String] { (gitDirectory.map { [$0.lower] } ?? []) + tree.lowers }
    }

    /// - Parameters:
    ///   - repository: any path inside the repository.
    ///   - revision: as the user wrote it.
    /// - Returns: `nil` when anything is missing, stale or unusual: the full tool then does the
    ///   work and says what is wrong.
    package static func find(
        repository: String, revision: String, in layout: CacheLayout
    ) -> Found? {
        guard isPrivate(layout.root), let bootID = TreeSeal.currentBootID(),
            let located = RepositoryLocator(at: repository),
            let object = ReferenceReader(repository: located).object(named: revision),
            let hint = hint(object, repository: located, in: layout),
            let tree = CachedTree(tree: hint.tree, in: layout, bootID: bootID)
        else { return nil }
        let entry = layout.gitDirectory(
            commit: hint.commit, commonDirectory: located.commonDirectory)
        return Found(tree: tree, gitDirectory: GitDirectoryLayer(entry: entry, bootID: bootID))
    }

    private static func hint(
        _ object: String, repository: RepositoryLocator, in layout: CacheLayout
    ) -> (tree: String, commit: String)? {
        let path = layout.hint(
            forObject: object, commonDirectory: repository.commonDirectory)
        let lines = (SmallFile.text(path) ?? "").split(separator: "\n").map(String.init)
        guard lines.count == 2, lines.allSatisfy(ObjectName.isWhole) else { return nil }
        return (lines[0], lines[1])
    }

    /// Nobody else may have written what is about to be trusted.
    private static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }
}
