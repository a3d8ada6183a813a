internal import CGit2
internal import Glibc
package import WorktreeLookup

/// Checkouts of trees, each made once and shared, read-only, by every worktree of it.
///
/// Safe for any number of processes: a tree is made under a lock, out of sight, and moved into
/// place with its seal.
package struct TreeCache: Sendable {
    package let layout: CacheLayout
    /// More files than these differing make a whole checkout instead of a layer.
    package var layerChangeLimit = 2000

    /// - Throws: when the directory cannot be made, or is open to other users.
    package init(layout: CacheLayout) throws(GitError) {
        try PrivateDirectory.make(layout.root)
        for path in [
            layout.trees, layout.hints, layout.locks, layout.making, layout.quarantines,
            layout.gitDirectories,
        ] {
            try PrivateDirectory.make(path)
        }
        self.layout = layout
    }

    /// How an entry came to be.
    package enum Origin: Sendable, Equatable {
        case cached
        /// Written in full.
        case written
        /// Written as a layer on top of this tree's checkout.
        case layered(on: String)
    }

    /// A checkout that stays as long as this value does.
    package struct Checkout: ~Copyable, Sendable {
        package let cached: CachedTree
        package let origin: Origin
        /// Left as empty directories.
        package let submodules: [String]
        /// Files whose filter driver was not run (LFS pointers are left pointers).
        package let unfiltered: [String]
    }

    /// Checks out what a revision names, and remembers it for `CachedTreeLookup`.
    package func checkout(
        revision: String, of repository: borrowing RepositoryHandle
    ) throws(GitError) -> Checkout {
        let commit = try repository.commit(named: revision)
        let tree = try repository.tree(ofCommit: commit)
        var near: [ObjectID] = []
        for parent in try repository.parents(ofCommit: commit) {
            // A parent's tree that is missing is no reason to fail: it only saves work.
            if let tree = try? repository.tree(ofCommit: parent) { near.append(tree) }
        }
        let checkout = try checkout(tree: tree, of: repository, near: near)
        let named = try repository.unpeeledObject(named: revision)
        for object in [commit, named] {
            try writeHint(object, tree: tree, commit: commit, repository)
        }
        return checkout
    }

    /// - Parameter near: trees that probably differ little, best first.
    package func checkout(
        tree: ObjectID, of repository: borrowing RepositoryHandle, near: [ObjectID] = []
    ) throws(GitError) -> Checkout {
        let bootID = try Self.bootID()
        let name = tree.description
        if let cached = CachedTree(tree: name, in: layout, bootID: bootID) {
            return try finish(cached, origin: .cached)
        }
        // Whoever asks for the same tree meanwhile waits here, and then finds it.
        let lock = try FileLock(layout.lock(named: "tree-\(name)"))
        defer { _ = lock }
        if try reseal(name, bootID: bootID),
            let cached = CachedTree(tree: name, in: layout, bootID: bootID)
        {
            return try finish(cached, origin: .cached)
        }
        let origin = try make(
            tree, of: repository, near: near + recent(repository), bootID: bootID)
        try remember(tree, repository)
        guard let cached = CachedTree(tree: name, in: layout, bootID: bootID) else {
            throw GitError(
                .system, operation: "check out tree", subject: name,
                reason: "the entry was collected as soon as it was made",
                remedy: "Raise the cache's size limit")
        }
        return try finish(cached, origin: origin)
    }

    // MARK: Making an entry

    private func make(
        _ tree: ObjectID, of repository: borrowing RepositoryHandle, near: [ObjectID],
        bootID: String
    ) throws(GitError) -> Origin {
        let entry = layout.entry(ofTree: tree.description)
        let scratch = try ScratchDirectory(in: layout.making)
        // Whatever lies there without a valid seal is what a crash or a damaged disk left.
        if rename(entry, "\(scratch.path)/torn") != 0, errno != ENOENT {
            throw GitError.system("move away torn entry", entry)
        }
        for base in try bases(for: tree, near: near, bootID: bootID) {
            guard let beneath = CachedTree(tree: base.description, in: layout, bootID: bootID),
                let plan = try layerPlan(from: base, to: tree, in: repository)
            else { continue }
            try write(plan.checkout, plan.whiteouts, tree, on: beneath.tree, scratch, repository)
            return .layered(on: base.description)
        }
        let plan = try CheckoutPlan(tree: tree, in: repository)
        try write(plan, [], tree, on: nil, scratch, repository)
        return .written
    }

    /// - Returns: `nil` also where the repository does not have the base's objects: another one may
    ///   have lain at its path before.
    private func layerPlan(
        from base: ObjectID, to tree: ObjectID, in repository: borrowing RepositoryHandle
    ) throws(GitError) -> LayerPlan? {
        do {
            return try LayerPlan(
                from: base, to: tree, changeLimit: layerChangeLimit, in: repository)
        } catch {
            guard error.code == .objectNotFound else { throw error }
            return nil
        }
    }

    private func write(
        _ plan: CheckoutPlan, _ whiteouts: [[UInt8]], _ tree: ObjectID, on base: String?,
        _ scratch: borrowing ScratchDirectory, _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let made = try DirectoryHandle(scratch.path).makeDirectory(Array("entry".utf8), mode: 0o700)
        let files = try made.makeDirectory(Array("files".utf8), mode: 0o755)
        guard fchmod(files.descriptor, 0o755) == 0 else {
            throw GitError.system("set mode", files.path)
        }
        let writer = CheckoutWriter(
            plan: plan, destination: files.path, commonDirectory: repository.commonDirectory,
            quarantine: repository.quarantine)
        var manifest = try writer.write()
        for path in whiteouts {
            // overlayfs takes a character device 0:0 for a deletion; anyone may make it since 5.8.
            let text = CStringBytes.terminated(path)
            guard mknodat(files.descriptor, text, S_IFCHR, 0) == 0 else {
                throw GitError.system("make whiteout", files.path(of: path))
            }
        }
        manifest.whiteouts = whiteouts
        try seal(made, manifest, layers: [tree.description] + (base.map { [$0] } ?? []))
        try scratch.move("entry", to: layout.entry(ofTree: tree.description))
    }

    private func seal(
        _ entry: borrowing DirectoryHandle, _ manifest: TreeManifest, layers: [String]
    ) throws(GitError) {
        let bytes = manifest.bytes
        try entry.writeFile(Array("manifest".utf8), bytes, mode: 0o600)
        var notes = TreeManifest()
        notes.submodules = manifest.submodules
        notes.unfiltered = manifest.unfiltered
        try entry.writeFile(Array("notes".utf8), notes.bytes, mode: 0o600)
        let seal = TreeSeal(
            bootID: try Self.bootID(), layers: layers, fileCount: manifest.files.count,
            // Small files take a block each.
            byteCount: manifest.files.reduce(bytes.count) {
                $0 + ($1.byteCount + 4095) / 4096 * 4096
            },
            manifestDigest: try ObjectID(hashing: bytes).description)
        try entry.writeFile(Array("seal".utf8), Array(seal.text.utf8), mode: 0o600)
        let sealFile = Array("seal".utf8)
        guard utimensat(entry.descriptor, CStringBytes.terminated(sealFile), nil, 0) == 0 else {
            throw GitError.system("set time", entry.path(of: sealFile))
        }
    }

    private func finish(
        _ cached: consuming CachedTree, origin: Origin
    ) throws(GitError) -> Checkout {
        var (submodules, unfiltered): ([String], [String]) = ([], [])
        for lower in cached.lowers {
            let path = CheckoutPlan.parent(of: Array(lower.utf8)) + Array("/notes".utf8)
            let bytes = try FileContent.read(
                String(decoding: path, as: UTF8.self), byteLimit: 1 << 30)
            guard let notes = TreeManifest(bytes: bytes) else {
                throw GitError(
                    .system, operation: "read notes", subject: cached.tree,
                    reason: "they are damaged", remedy: "Run drydock gc --verify")
            }
            submodules += notes.submodules.map(PathText.text)
            unfiltered += notes.unfiltered.map(PathText.text)
        }
        return Checkout(
            cached: cached, origin: origin, submodules: Array(Set(submodules)).sorted(),
            unfiltered: Array(Set(unfiltered)).sorted())
    }

    static func bootID() throws(GitError) -> String {
        guard let bootID = TreeSeal.currentBootID() else {
            throw GitError(
                .system, operation: "read", subject: "/proc/sys/kernel/random/boot_id",
                reason: "the kernel does not tell its boot id", remedy: "Mount /proc")
        }
        return bootID
    }
}
