package import RunModel

/// Where a branch and a pull request go.
///
/// There is no function that merges, approves, marks as ready, or writes to a default branch, and
/// `RepositoryTests` keeps it so.
package protocol Forge: Sendable {
    /// `local`, `github`, `gitlab`.
    var name: String { get }
    /// The pull request of this branch, open or closed: a closed one was an answer.
    func pullRequest(ofBranch branch: String) async throws -> PullRequestReference?
    /// Opens a draft. The same branch again gives the pull request that is there.
    func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference
    /// Opens a ticket for a human. The same incident again gives the ticket that is there.
    func openIssue(_ ticket: Ticket) async throws -> String
    /// The branch that pull requests are meant for where nothing else is said.
    func defaultBranch() async throws -> String
}

/// A pull request to be opened; always a draft, always from a branch of Drydock's own.
package struct PullRequestDraft: Sendable, Equatable {
    package var branch: String
    /// The commit that was pushed.
    package var head: String
    package var target: String
    package var title: String
    /// Markdown in which everything from logs and code is escaped already.
    package var body: String
    package var reviewers: [String]

    package init(
        branch: String, head: String, target: String, title: String, body: String,
        reviewers: [String] = []
    ) {
        self.branch = branch
        self.head = head
        self.target = target
        self.title = title
        self.body = body
        self.reviewers = reviewers
    }
}

/// An escalation that a human must see.
package struct Ticket: Sendable, Equatable {
    package var incident: String
    package var title: String
    package var body: String

    package init(incident: String, title: String, body: String) {
        self.incident = incident
        self.title = title
        self.body = body
    }
}

/// Puts one verified tree on one branch of a remote repository. Implemented over `GitWorktrees`.
package protocol BranchPublisher: Sendable {
    /// Commits `tree` on `parent` and pushes it as `branch`. A branch that is there with the same
    /// tree is left as it is.
    ///
    /// - Returns: the commit that the branch names afterwards.
    func publish(
        tree: String, parent: String, branch: String, message: String, to remote: String
    ) async throws -> String
    /// What the remote has under this branch: read back from there, never from a cache.
    func published(branch: String, at remote: String) async throws -> PublishedBranch?
}

package struct PublishedBranch: Sendable, Equatable {
    package var commit: String
    package var tree: String

    package init(commit: String, tree: String) {
        self.commit = commit
        self.tree = tree
    }
}

/// A forge refused, or does not answer as it should.
package struct ForgeError: Error, Sendable, Equatable, CustomStringConvertible {
    package var operation: String
    package var subject: String
    package var reason: String
    package var remedy: String

    package init(operation: String, subject: String, reason: String, remedy: String = "") {
        self.operation = operation
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        "\(operation) of \(subject) failed: \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
