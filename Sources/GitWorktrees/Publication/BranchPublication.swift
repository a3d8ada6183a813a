internal import CGit2

extension RepositoryHandle {
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
}

extension GitRepository {
    /// Commits a tree and pushes it as a branch.
    ///
    /// - Returns: the commit's id.
    package func publish(
        tree: String, parent: String, branch: String, message: String, by identity: CommitIdentity,
        to destination: PushDestination, scratch: String
    ) async throws -> String {
        let treeID = try ObjectID.parse(tree, operation: "commit")
        let parentID = try ObjectID.parse(parent, operation: "commit")
        let proposal = try ProposalBranch(branch)
        return try withHandle { handle in
            let commit = try handle.writeCommit(
                tree: treeID, parent: parentID, message: message, by: identity)
            try handle.push(
                commit: commit, branch: proposal, to: destination, scratch: scratch)
            return commit.description
        }
    }

    /// Fetches a branch of a remote's into the quarantine.
    ///
    /// - Returns: the commit that it names there.
    package func fetch(
        branch: String, known: String, from destination: PushDestination, scratch: String
    ) async throws -> String {
        let knownID = try ObjectID.parse(known, operation: "fetch")
        return try withHandle { handle in
            try handle.fetch(branch: branch, known: knownID, from: destination, scratch: scratch)
                .description
        }
    }

    /// Asks a remote for its default branch, and where branches of it are.
    package func references(
        branches: [String], of destination: PushDestination
    ) async throws -> RemoteReferences {
        try RemoteReferences.read(branches: branches, of: destination)
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
