internal import CGit2
internal import Glibc
package import RunModel

/// What a run left in its worktree, against the tree that it started from.
package struct ChangeSet: Sendable, Equatable {
    package var base: ObjectID
    /// Written to the quarantine.
    package var tree: ObjectID
    package var lists: ChangeLists

    package var isEmpty: Bool { base == tree }
}

/// A directory on the host, given as whoever has it can give it.
package enum DirectorySource: Sendable {
    case path(String)
    /// Stays the caller's: it is duplicated. The label is for messages.
    case descriptor(CInt, label: String)

    func open() throws(GitError) -> DirectoryHandle {
        switch self {
        case .path(let path): try DirectoryHandle(path)
        case .descriptor(let descriptor, let label):
            try DirectoryHandle(duplicating: descriptor, path: label)
        }
    }
}

extension RepositoryHandle {
    /// Reads the change set of an overlay worktree from its upper layers alone; nothing may still
    /// run in it.
    ///
    /// - Parameters:
    ///   - layers: everything above the checkout of `base`, topmost first: the upper directory,
    ///     and for a session the layers it was stacked on.
    ///   - beneath: what lies between these layers and the checkout, topmost first, and is no change:
    ///     a directory of theirs that was renamed is read from there.
    ///   - kind: how the overlay was mounted; `.plain` reads a copy that was made without one.
    ///   - includesIgnored: takes files along that git ignores.
    /// - Throws: `.diskFull` when the quarantine cannot hold it: the worktree is as it was.
    package func changeSet(
        layers: [DirectorySource], beneath: [DirectorySource] = [], kind: LayerKind, base: ObjectID,
        includesIgnored: Bool = false, fileByteLimit: Int = 2 << 30
    ) throws(GitError) -> ChangeSet {
        var directories: [LayerDirectory] = []
        for layer in layers { directories.append(LayerDirectory(try layer.open(), kind: kind)) }
        var borrowed: [LayerDirectory] = []
        for layer in beneath {
            borrowed.append(LayerDirectory(try layer.open(), kind: kind, isBeneath: true))
        }
        let options = TreeAssembler.Options(
            includesIgnored: includesIgnored, fileByteLimit: fileByteLimit)
        var assembler = try TreeAssembler(base: base, options: options, repository: self)
        assembler.beneath = borrowed
        let tree = try assembler.assemble(layers: directories, self)
        var lists = try changeLists(from: base, to: tree)
        lists.ignored = assembler.ignored.map(PathText.text)
        lists.special = assembler.special.map(PathText.text)
        return ChangeSet(base: base, tree: tree, lists: lists)
    }

    /// What differs between two trees, in the shape of the run report.
    package func changeLists(from base: ObjectID, to tree: ObjectID) throws(GitError) -> ChangeLists
    {
        var lists = ChangeLists()
        guard base != tree else { return lists }
        try withDifference(from: base, to: tree, finds: .renames) { diff throws(GitError) in
            for index in 0..<git_diff_num_deltas(diff) {
                guard let delta = git_diff_get_delta(diff, index)?.pointee else { continue }
                lists.add(delta)
            }
        }
        return lists
    }

    /// The patch from one tree to another, in git's format: `git apply` makes of `base` exactly
    /// `tree`, binary files included.
    package func patch(from base: ObjectID, to tree: ObjectID) throws(GitError) -> [UInt8] {
        try withDifference(from: base, to: tree, finds: .renames) { diff throws(GitError) in
            let deltas = (0..<git_diff_num_deltas(diff)).compactMap {
                git_diff_get_delta(diff, $0)?.pointee
            }
            guard deltas.contains(where: { $0.status == GIT_DELTA_TYPECHANGE }) else {
                return try Self.text { git_diff_to_buf(&$0, diff, GIT_DIFF_FORMAT_PATCH) }
            }
            var text: [UInt8] = []
            for (index, delta) in deltas.enumerated() {
                if delta.status == GIT_DELTA_TYPECHANGE {
                    text += try typeChange(delta)
                    continue
                }
                let patch = try GitPointer("write patch", "\(tree)", free: git_patch_free) {
                    git_patch_from_diff(&$0, diff, index)
                }
                text += try Self.text { git_patch_to_buf(&$0, patch.raw) }
            }
            return text
        }
    }

    /// A file that became a link is one change to a reader and two to git apply: what goes, and what
    /// comes.
    private func typeChange(_ delta: git_diff_delta) throws(GitError) -> [UInt8] {
        func entry(_ file: git_diff_file) -> TreeEntry {
            TreeEntry(name: [], id: ObjectID(file.id), mode: UInt32(file.mode))
        }
        let path = CStringBytes.bytes(delta.new_file.path)
        var options = git_diff_options()
        try LibGit2.check(
            git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), "write patch",
            PathText.text(path))
        options.flags = GIT_DIFF_SHOW_BINARY.rawValue
        options.id_abbrev = 40
        var text: [UInt8] = []
        for change in [
            ChangedPath(path: path, old: entry(delta.old_file), new: nil),
            ChangedPath(path: path, old: nil, new: entry(delta.new_file)),
        ] {
            text += try withDifference([change], finds: [], options, PathText.text(path)) {
                diff throws(GitError) in
                try Self.text { git_diff_to_buf(&$0, diff, GIT_DIFF_FORMAT_PATCH) }
            }
        }
        return text
    }

    private static func text(_ write: (inout git_buf) -> CInt) throws(GitError) -> [UInt8] {
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        try LibGit2.check(write(&buffer), "write patch", "changes")
        return Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
    }
}

extension ChangeLists {
    fileprivate mutating func add(_ delta: git_diff_delta) {
        let old = PathText.text(CStringBytes.bytes(delta.old_file.path))
        let new = PathText.text(CStringBytes.bytes(delta.new_file.path))
        let (oldMode, newMode) = (delta.old_file.mode, delta.new_file.mode)
        switch delta.status {
        case GIT_DELTA_ADDED: added.append(new)
        case GIT_DELTA_DELETED: deleted.append(old)
        case GIT_DELTA_RENAMED: renamed.append(Rename(from: old, to: new))
        case GIT_DELTA_MODIFIED, GIT_DELTA_TYPECHANGE:
            let isSameContent = ObjectID(delta.old_file.id) == ObjectID(delta.new_file.id)
            if !isSameContent { modified.append(new) }
        default: break
        }
        let isChange = [GIT_DELTA_RENAMED, GIT_DELTA_MODIFIED, GIT_DELTA_TYPECHANGE]
            .contains(delta.status)
        if isChange, oldMode != newMode {
            modeChanged.append(
                ModeChange(
                    path: new, from: String(oldMode, radix: 8), to: String(newMode, radix: 8)))
        }
    }
}
