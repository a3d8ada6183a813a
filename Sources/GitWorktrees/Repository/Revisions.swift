internal import CGit2

extension RepositoryHandle {
    /// The commit that a revision names, in git's whole syntax of revisions (gitrevisions(7)).
    package func commit(named revision: String) throws(GitError) -> ObjectID {
        try object(named: revision, as: GIT_OBJECT_COMMIT)
    }

    /// The tree of the commit where the lines of two revisions part.
    ///
    /// - Throws: when they have no commit in common, or a shallow clone does not reach it.
    package func mergeBaseTree(of base: String, and head: String) throws(GitError) -> ObjectID {
        var one = try commit(named: base).raw
        var two = try commit(named: head).raw
        var common = git_oid()
        guard git_merge_base(&common, references.raw, &one, &two) == 0 else {
            throw GitError(
                .revisionNotFound, operation: "find the merge base", subject: "\(base)...\(head)",
                reason: "the two have no commit in common in this clone",
                remedy: isShallow
                    ? "The clone is shallow: git fetch --unshallow, or fetch-depth: 0 of the checkout"
                    : "Compare revisions of one project")
        }
        return try tree(ofCommit: ObjectID(common))
    }

    /// The object itself that a revision names: of an annotated tag, the tag.
    func unpeeledObject(named revision: String) throws(GitError) -> ObjectID {
        let found = try parse(revision)
        return ObjectID(git_object_id(found.raw).pointee)
    }

    /// The tree of a revision, which may name a commit, a tag or a tree.
    package func tree(named revision: String) throws(GitError) -> ObjectID {
        try object(named: revision, as: GIT_OBJECT_TREE)
    }

    /// What a revision names for good: the id of its commit, or of its tree where it leads to none.
    package func commitOrTree(named revision: String) throws(GitError) -> ObjectID {
        do { return try commit(named: revision) } catch { return try tree(named: revision) }
    }

    private func object(named revision: String, as type: git_object_t) throws(GitError) -> ObjectID
    {
        let found = try parse(revision)
        let wanted = type == GIT_OBJECT_COMMIT ? "commit" : "tree"
        do {
            let peeled = try GitPointer("resolve revision", revision, free: git_object_free) {
                git_object_peel(&$0, found.raw, type)
            }
            return ObjectID(git_object_id(peeled.raw).pointee)
        } catch {
            throw GitError(
                .revisionNotFound, operation: "resolve revision", subject: revision,
                reason: "it names an object that leads to no \(wanted): \(error.reason)",
                remedy: "Name a commit, branch or tag")
        }
    }

    private func parse(_ revision: String) throws(GitError) -> GitPointer {
        do {
            return try GitPointer("resolve revision", revision, free: git_object_free) {
                git_revparse_single(&$0, references.raw, revision)
            }
        } catch {
            throw explained(error, revision: revision)
        }
    }

    private func explained(_ error: GitError, revision: String) -> GitError {
        if git_repository_head_unborn(references.raw) == 1, revision.hasPrefix("HEAD") {
            return GitError(
                .noCommitYet, operation: "resolve revision", subject: revision,
                reason: "the repository has no commit yet on its current branch",
                remedy: "Commit something first, or use --rev WORKTREE")
        }
        guard error.code == .objectNotFound || error.code == .invalidArgument else { return error }
        let shallow =
            isShallow
            ? "The clone is shallow: git fetch --unshallow brings older commits"
            : "List what there is: git branch --all; git tag"
        return GitError(
            .revisionNotFound, operation: "resolve revision", subject: revision,
            reason: error.reason, remedy: shallow)
    }
}
