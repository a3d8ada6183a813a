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
    /// - Parameters:
    ///   - repository: any path inside the repository.
    ///   - revision: as the user wrote it.
    /// - Returns: `nil` when anything is missing, stale or unusual: the full tool then does the
    ///   work and says what is wrong.
    package static func tree(
        repository: String, revision: String, in layout: CacheLayout
    ) -> CachedTree? {
        guard isPrivate(layout.root), let bootID = TreeSeal.currentBootID(),
            let located = RepositoryLocator(at: repository),
            let object = ReferenceReader(repository: located).object(named: revision),
            let tree = hint(object, repository: located, in: layout)
        else { return nil }
        return CachedTree(tree: tree, in: layout, bootID: bootID)
    }

    private static func hint(
        _ object: String, repository: RepositoryLocator, in layout: CacheLayout
    ) -> String? {
        let path = layout.hint(
            forObject: object, commonDirectory: repository.commonDirectory)
        guard let line = SmallFile.firstLine(path), ObjectName.isWhole(line) else { return nil }
        return line
    }

    /// Nobody else may have written what is about to be trusted.
    private static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }
}
