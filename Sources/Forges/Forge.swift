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

/// A forge that is a server: it has checks, logs, comments, and branches of its own.
package protocol HostedForge: Forge {
    /// What the server has under a branch, its own or any other; `nil` when there is none.
    func branch(_ name: String) async throws -> PublishedBranch?
    /// What has become of the pull request of this branch.
    func state(ofBranch branch: String) async throws -> PullRequestState?
    /// Labels, reviewers, check and findings. Each is tried, none stands in another's way.
    ///
    /// - Returns: what could not be done, and why.
    func announce(_ announcement: PullRequestAnnouncement) async -> [String]
    /// The commands that people with write access gave under the branch's pull request.
    func commands(ofBranch branch: String) async throws -> [ReviewCommand]
    /// The same under an incident's ticket.
    func commands(ofIncident incident: String) async throws -> [ReviewCommand]
    /// The logs of a run's failed jobs, the latest attempt's.
    func failedJobLogs(ofRun run: String) async throws -> String
    /// Runs the failed jobs of a run again.
    func rerunFailedJobs(ofRun run: String) async throws
    /// One exchange of a fetch or a push with the forge's repository.
    func exchange(_ request: GitServiceRequest) async throws -> [UInt8]
    /// Makes one new branch through the server's own interface, where git cannot reach it.
    ///
    /// - Returns: its commit; `nil` where the server has no such interface.
    func write(_ content: BranchContent) async throws -> String?
}

extension HostedForge {
    package func write(_ content: BranchContent) async throws -> String? { nil }
}

/// A pull request to be opened; always a draft, always from a branch of Drydock's own.
package struct PullRequestDraft: Codable, Sendable, Equatable {
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

/// What became of a pull request: only ever read, never set.
package struct PullRequestState: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable { case open, closed, merged }

    package var status: Status
    /// The commit in the target branch that holds it, however it was merged.
    package var mergeCommit: String?

    package init(status: Status, mergeCommit: String? = nil) {
        self.status = status
        self.mergeCommit = mergeCommit
    }
}

/// What is said beside a pull request that was opened.
package struct PullRequestAnnouncement: Codable, Sendable, Equatable {
    package var branch: String
    /// The commit that the check belongs to.
    package var commit: String
    /// Whoever wrote this commit is asked for a review.
    package var culprit: String?
    package var labels: [String]
    package var checkTitle: String
    /// Markdown, escaped.
    package var checkSummary: String
    package var annotations: [Annotation]
    /// A SARIF 2.1.0 log for code scanning; `nil` uploads nothing.
    package var sarif: [UInt8]?

    package struct Annotation: Codable, Sendable, Equatable {
        package var path: String
        package var line: Int
        package var isFailure: Bool
        package var message: String

        package init(path: String, line: Int, isFailure: Bool, message: String) {
            self.path = path
            self.line = line
            self.isFailure = isFailure
            self.message = message
        }
    }

    package init(
        branch: String, commit: String, culprit: String? = nil, labels: [String] = [],
        checkTitle: String, checkSummary: String, annotations: [Annotation] = [],
        sarif: [UInt8]? = nil
    ) {
        self.branch = branch
        self.commit = commit
        self.culprit = culprit
        self.labels = labels
        self.checkTitle = checkTitle
        self.checkSummary = checkSummary
        self.annotations = annotations
        self.sarif = sarif
    }
}

/// An escalation that a human must see.
package struct Ticket: Codable, Sendable, Equatable {
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
    /// Where a branch of the remote is now; the commit is in the repository afterwards. `nil` where
    /// the repository itself says it.
    ///
    /// - Parameter known: a commit that both sides have.
    func tip(ofBranch branch: String, known: String, at remote: String) async throws -> String?
}

extension BranchPublisher {
    package func tip(
        ofBranch branch: String, known: String, at remote: String
    ) async throws -> String? { nil }
}

package struct PublishedBranch: Codable, Sendable, Equatable {
    package var commit: String
    package var tree: String

    package init(commit: String, tree: String) {
        self.commit = commit
        self.tree = tree
    }
}
