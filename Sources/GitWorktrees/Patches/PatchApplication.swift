internal import CGit2

extension RepositoryHandle {
    /// Applies a git patch to a tree and writes the result to the quarantine.
    ///
    /// - Returns: the resulting tree.
    /// - Throws: `PatchFormatError` for a patch that contradicts itself, `GitError` for one that
    ///   does not apply.
    package func apply(patch: [UInt8], to base: ObjectID) throws -> ObjectID {
        try requireQuarantine("apply patch", base.description)
        let text = try PatchText(patch)
        guard text.fileCount > 0 else { return base }
        return try withTree(base) { tree throws(GitError) in
            let difference = try Self.parse(patch)
            guard git_diff_num_deltas(difference.raw) == text.fileCount else {
                throw GitError(
                    .invalidArgument, operation: "apply patch", subject: base.description,
                    reason: "it can be read as \(text.fileCount) or as "
                        + "\(git_diff_num_deltas(difference.raw)) changed files",
                    remedy: "Make it with git diff --binary")
            }
            let index: GitPointer
            do throws(GitError) {
                index = try GitPointer("apply patch", base.description, free: git_index_free) {
                    git_apply_to_tree(&$0, contents.raw, tree, difference.raw, nil)
                }
            } catch {
                var error = error
                // libgit2 tells the line of the patch, not the file.
                let files = Self.paths(of: difference)
                error.subject = "\(files) on tree \(base)"
                error.remedy = "Make the patch against this base: git diff --binary BASE"
                throw error
            }
            var id = git_oid()
            try LibGit2.check(
                git_index_write_tree_to(&id, index.raw, contents.raw), "write patched tree",
                base.description)
            return ObjectID(id)
        }
    }

    private static func paths(of difference: borrowing GitPointer) -> String {
        let count = git_diff_num_deltas(difference.raw)
        let paths = (0..<min(count, 3)).compactMap { index in
            git_diff_get_delta(difference.raw, index).map {
                PathText.text(
                    CStringBytes.bytes($0.pointee.new_file.path ?? $0.pointee.old_file.path))
            }
        }
        return paths.joined(separator: ", ") + (count > 3 ? " and \(count - 3) more" : "")
    }

    private static func parse(_ patch: [UInt8]) throws(GitError) -> GitPointer {
        try GitPointer("read patch", "\(patch.count) bytes", free: git_diff_free) { diff in
            patch.withUnsafeBytes { buffer in
                git_diff_from_buffer(
                    &diff, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
            }
        }
    }
}

extension GitRepository {
    /// Applies a git patch to a tree; the result lies in the quarantine.
    package func apply(patch: [UInt8], toTree base: String) async throws -> String {
        try withHandle {
            try $0.apply(patch: patch, to: .parse(base, operation: "apply patch")).description
        }
    }
}
