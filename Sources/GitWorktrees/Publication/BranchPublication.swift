internal import CGit2

/// Commits and pushes, onto branches of Drydock's own prefix only. There is no call that pushes
/// anywhere else, and none that forces.
extension RepositoryHandle {
    /// The prefix of every branch that may be pushed.
    package static var branchPrefix: String { ProposalBranch.prefix }

    /// Writes a commit to the quarantine; no reference of the user's names it.
    package func writeCommit(
        tree: ObjectID, parent: ObjectID, message: String, by identity: CommitIdentity
    ) throws(GitError) -> ObjectID {
        try requireQuarantine("commit", tree.description)
        var signature: UnsafeMutablePointer<git_signature>?
        try LibGit2.check(
            git_signature_new(
                &signature, identity.name, identity.email, identity.timeSeconds, 0),
            "commit", tree.description)
        defer { git_signature_free(signature) }
        var (treeID, parentID) = (tree.raw, parent.raw)
        let treeObject = try GitPointer("read tree", tree.description, free: git_tree_free) {
            git_tree_lookup(&$0, contents.raw, &treeID)
        }
        let parentObject = try GitPointer("read commit", parent.description, free: git_commit_free)
        {
            git_commit_lookup(&$0, contents.raw, &parentID)
        }
        var id = git_oid()
        var parents: [OpaquePointer?] = [parentObject.raw]
        try LibGit2.check(
            git_commit_create(
                &id, contents.raw, nil, signature, signature, "UTF-8", message, treeObject.raw, 1,
                &parents),
            "commit", tree.description)
        return ObjectID(id)
    }

    /// Pushes one commit as one branch.
    ///
    /// - Parameters:
    ///   - remote: a path or URL.
    ///   - scratch: a directory that does not exist; made for the call, the caller removes it. The
    ///     library pushes references, and the user's repository is to get none.
    package func push(
        commit: ObjectID, branch: String, to remote: String, scratch: String
    ) throws(GitError) {
        let branch = try ProposalBranch(branch)
        let staging = try GitPointer("prepare push", scratch, free: git_repository_free) {
            git_repository_init(&$0, scratch, 1)
        }
        try LibGit2.check(
            git_repository_set_odb(staging.raw, objects.raw), "prepare push", scratch)
        let name = branch.reference
        var id = commit.raw
        _ = try GitPointer("prepare push", name, free: git_reference_free) {
            git_reference_create(&$0, staging.raw, name, &id, 0, nil)
        }
        try Self.push(branch, from: staging.raw, to: remote) { _, _ in nil }
    }
}

extension GitRepository {
    /// Commits a tree and pushes it as a branch.
    ///
    /// - Returns: the commit's id.
    package func publish(
        tree: String, parent: String, branch: String, message: String, by identity: CommitIdentity,
        to remote: String, scratch: String
    ) async throws -> String {
        let treeID = try ObjectID.parse(tree, operation: "commit")
        let parentID = try ObjectID.parse(parent, operation: "commit")
        return try withHandle { handle in
            let commit = try handle.writeCommit(
                tree: treeID, parent: parentID, message: message, by: identity)
            try handle.push(commit: commit, branch: branch, to: remote, scratch: scratch)
            return commit.description
        }
    }

    /// Makes a bare repository, for a forge of files. One that is there stays as it is.
    package static func makeBare(at path: String) throws(GitError) {
        try LibGit2.start()
        let made = try GitPointer("make repository", path, free: git_repository_free) {
            git_repository_init(&$0, path, 1)
        }
        _ = consume made
    }
}
