internal import CGit2

/// Who made a commit, and when.
package struct CommitIdentity: Sendable, Equatable {
    package var name: String
    package var email: String
    /// Since the epoch, in UTC.
    package var timeSeconds: Int64

    package init(name: String, email: String, timeSeconds: Int64) {
        self.name = name
        self.email = email
        self.timeSeconds = timeSeconds
    }
}

/// A commit that is to be made of a tree of the quarantine.
package struct CommitProposal: Sendable {
    package var tree: ObjectID
    package var parents: [ObjectID]
    package var author: CommitIdentity
    package var committer: CommitIdentity
    package var message: String
    /// Appended as a last paragraph, such as `("Co-authored-by", "...")`.
    package var trailers: [(key: String, value: String)] = []

    package init(
        tree: ObjectID, parents: [ObjectID], author: CommitIdentity, committer: CommitIdentity,
        message: String
    ) {
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.message = message
    }

    /// - Throws: when a trailer would break out of its line.
    func text() throws(GitError) -> String {
        var body = message
        while body.hasSuffix("\n") { body.removeLast() }
        guard !trailers.isEmpty else { return body + "\n" }
        for (key, value) in trailers {
            let isKey = key.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || Character(Unicode.Scalar(byte)).isLetter
            }
            guard isKey, !key.isEmpty, !value.utf8.contains(where: { $0 < 32 }) else {
                throw GitError(
                    .invalidArgument, operation: "write trailer", subject: key,
                    reason: "its key is more than letters and dashes, or its value more than a line"
                )
            }
        }
        return body + "\n\n" + trailers.map { "\($0.key): \($0.value)\n" }.joined()
    }
}

extension RepositoryHandle {
    /// Makes a commit on a branch of the user's repository: the one place that writes there. What
    /// the commit needs moves from the quarantine first, files before trees before the commit
    /// before the branch: whenever it is cut off, the repository is whole.
    ///
    /// - Parameter sign: gets the commit's text, returns an armoured signature for its header.
    /// - Throws: when the branch exists and the commit does not build on it.
    package func commit(
        _ proposal: CommitProposal, on branch: ProposalBranch,
        sign: (([UInt8]) throws -> String)? = nil
    ) throws -> ObjectID {
        try requireQuarantine("commit", branch.name)
        var content = try buffer(proposal)
        if let sign {
            let signature = try sign(Array(content.utf8))
            content = try Self.sign(content, with: signature)
        }
        var raw = git_oid()
        try LibGit2.check(
            git_odb_write(&raw, objects.raw, content, content.utf8.count, GIT_OBJECT_COMMIT),
            "write commit", branch.name)
        let id = ObjectID(raw)
        let migration = try ObjectMigration(to: commonDirectory + "/objects")
        try migration.move(tree: proposal.tree, from: self)
        try migration.move(id, from: self)
        try update(branch, to: id, parents: proposal.parents)
        return id
    }

    private func buffer(_ proposal: CommitProposal) throws(GitError) -> String {
        // Looked up, so that a commit never names what is not there.
        _ = try entries(ofTree: proposal.tree)
        for parent in proposal.parents { _ = try tree(ofCommit: parent) }
        var lines = ["tree \(proposal.tree)"]
        lines += proposal.parents.map { "parent \($0)" }
        lines.append("author \(try Self.line(proposal.author))")
        lines.append("committer \(try Self.line(proposal.committer))")
        return lines.joined(separator: "\n") + "\n\n" + (try proposal.text())
    }

    private static func line(_ identity: CommitIdentity) throws(GitError) -> String {
        let forbidden = Set("<>\n\0".utf8)
        let isSound = [identity.name, identity.email].allSatisfy { text in
            !text.isEmpty && !text.utf8.contains(where: forbidden.contains)
        }
        guard isSound else {
            throw GitError(
                .invalidArgument, operation: "write commit", subject: identity.name,
                reason: "a name and an address are one line each, without angle brackets")
        }
        return "\(identity.name) <\(identity.email)> \(identity.timeSeconds) +0000"
    }

    /// The signature becomes a header whose further lines are indented (gitformat-signature(5)).
    private static func sign(_ content: String, with signature: String) throws(GitError) -> String {
        guard let end = content.range(ofFirst: "\n\n") else {
            throw GitError(
                .library, operation: "sign commit", subject: "commit", reason: "it has no header")
        }
        let lines = signature.split(separator: "\n").joined(separator: "\n ")
        return content[..<end] + "\ngpgsig \(lines)" + content[end...]
    }

    private func update(
        _ branch: ProposalBranch, to id: ObjectID, parents: [ObjectID]
    ) throws(GitError) {
        var raw = id.raw
        var current = git_oid()
        let found = git_reference_name_to_id(&current, references.raw, branch.reference)
        var made: OpaquePointer?
        defer { git_reference_free(made) }
        if found == GIT_ENOTFOUND.rawValue {
            return try LibGit2.check(
                git_reference_create(
                    &made, references.raw, branch.reference, &raw, 0, "drydock: proposal"),
                "make branch", branch.name)
        }
        try LibGit2.check(found, "look up branch", branch.name)
        guard parents.contains(ObjectID(current)) else {
            throw GitError(
                .refused, operation: "move branch", subject: branch.name,
                reason: "it is at \(ObjectID(current)), on which the commit does not build",
                remedy: "Use another branch name")
        }
        try LibGit2.check(
            git_reference_create_matching(
                &made, references.raw, branch.reference, &raw, 1, &current, "drydock: proposal"),
            "move branch", branch.name)
    }
}

extension String {
    /// Where the first occurrence of a text begins.
    fileprivate func range(ofFirst text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
