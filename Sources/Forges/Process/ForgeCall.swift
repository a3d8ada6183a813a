internal import RunModel

/// What may be asked of the process that holds a forge's credential: these and nothing else. No
/// call takes a URL, a header or a token.
enum ForgeCall: Codable, Sendable {
    /// The first call: which forge, and which repository of it.
    case begin(kind: String, address: ForgeAddress)
    case defaultBranch
    case pullRequest(branch: String)
    case openPullRequest(PullRequestDraft)
    case openIssue(Ticket)
    case branch(String)
    case state(branch: String)
    case announce(PullRequestAnnouncement)
    case commandsOfBranch(String)
    case commandsOfIncident(String)
    case failedJobLogs(run: String)
    case rerunFailedJobs(run: String)
    case write(BranchContent)
    /// The request's bytes follow the call.
    case exchange(GitServiceRequest.Service)
}

/// What a call came to.
enum ForgeAnswer: Codable, Sendable {
    case done
    case text(String)
    case optionalText(String?)
    case reference(PullRequestReference?)
    case branch(PublishedBranch?)
    case state(PullRequestState?)
    case failures([String])
    case commands([ReviewCommand])
    /// The answer's bytes follow.
    case bytes
    case failed(ForgeError)
}
