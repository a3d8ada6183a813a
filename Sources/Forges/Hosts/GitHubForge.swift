internal import Foundation
package import RunModel

/// GitHub over its REST interface, version 2022-11-28 (https://docs.github.com/rest). The token is
/// a fine-grained one, an App installation's, or Actions' own.
package struct GitHubForge: HostedForgeKind {
    package static let kind = "github"
    package static let tokenFileVariable = "DRYDOCK_GITHUB_TOKEN_FILE"
    package static let webhookSecretVariable = "DRYDOCK_GITHUB_WEBHOOK_SECRET_FILE"
    /// A pull request's and an issue's body, in characters; less, as bytes are counted here.
    static let bodyBytesMax = 65_000

    package var name: String { Self.kind }
    let address: ForgeAddress
    var rest: RESTClient
    let git: GitSmartHTTP
    /// Of GitHub's poll for an uploaded SARIF log.
    var pollSeconds = 2.0
    var pollsMax = 15

    var root: String { "/repos/\(address.repository)" }

    package init(address: ForgeAddress, token: String, transport: any ForgeTransport) {
        self.address = address
        rest = RESTClient(
            base: address.api,
            headers: [
                ("Authorization", "Bearer \(token)"), ("Accept", "application/vnd.github+json"),
                ("X-GitHub-Api-Version", "2022-11-28"), ("User-Agent", DrydockVersion.userAgent),
            ], transport: transport,
            tokenRemedy: "The file that \(Self.tokenFileVariable) names must hold a token of this "
                + "repository with contents, issues and pull requests: write, checks and code "
                + "scanning where they are wanted, actions: read")
        git = GitSmartHTTP(
            url: address.gitURL, username: "x-access-token", token: token, transport: transport)
    }

    package static func address(
        environment: [String: String], remote: String?
    ) throws(ForgeError) -> ForgeAddress {
        let server = environment["GITHUB_SERVER_URL"] ?? "https://github.com"
        let parsed = remote.flatMap(ForgeAddress.parse)
        let host = URLComponents(string: server)?.host ?? ""
        let isTheirs = parsed.map { $0.host == host || $0.host.hasPrefix(host + ":") } ?? false
        guard
            let repository = environment["GITHUB_REPOSITORY"] ?? (isTheirs ? parsed?.path : nil)
        else {
            throw ForgeError(
                operation: "finding the GitHub repository", subject: remote ?? "remote `origin`",
                reason: "the repository's remote `origin` is not on \(host)",
                remedy: "Set GITHUB_REPOSITORY to OWNER/NAME, and GITHUB_SERVER_URL and "
                    + "GITHUB_API_URL for an own server")
        }
        let api =
            environment["GITHUB_API_URL"]
            ?? (host == "github.com" ? "https://api.github.com" : server + "/api/v3")
        return try ForgeAddress(
            api: api, repository: repository, gitURL: "\(server)/\(repository).git")
    }

    // MARK: Forge

    package func defaultBranch() async throws -> String {
        try await rest.get(
            GitHubDocuments.Repository.self, root, operation: "reading the repository"
        ).defaultBranch
    }

    package func pullRequest(ofBranch branch: String) async throws -> PullRequestReference? {
        try await pull(ofBranch: branch).map(reference)
    }

    package func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference {
        let branch = try BranchName(draft.branch).description
        let main = try await defaultBranch()
        guard branch != draft.target, branch != main else {
            throw ForgeError(
                operation: "opening a pull request", subject: branch,
                reason: "it is the branch that it is meant for, or the default branch")
        }
        if let known = try await pull(ofBranch: branch) { return reference(known) }
        let operation = "opening a pull request"
        do {
            let answer = try await rest.call(
                "POST", root + "/pulls",
                json: GitHubDocuments.NewPullRequest(
                    title: PlainText.line(draft.title), head: branch, base: draft.target,
                    body: PlainText.body(draft.body, limit: Self.bodyBytesMax), draft: true,
                    maintainerCanModify: true), operation: operation)
            return reference(
                try rest.decode(GitHubDocuments.PullRequest.self, answer, operation: operation))
        } catch let error as ForgeError where error.kind == .unreachable || error.kind == .refused {
            // The answer was lost, or another process was faster: it may be there.
            if let known = try? await pull(ofBranch: branch) { return reference(known) }
            throw error
        }
    }

    package func openIssue(_ ticket: Ticket) async throws -> String {
        if let known = try await issue(ofIncident: ticket.incident) { return known.htmlURL }
        let operation = "opening a ticket"
        let marker = TicketMarker.text(ticket.incident)
        do {
            let answer = try await rest.call(
                "POST", root + "/issues",
                json: GitHubDocuments.NewIssue(
                    title: PlainText.line(ticket.title),
                    body: PlainText.body(
                        ticket.body + "\n\n" + marker, limit: Self.bodyBytesMax),
                    labels: ["drydock"]), operation: operation)
            return try rest.decode(GitHubDocuments.Issue.self, answer, operation: operation)
                .htmlURL
        } catch let error as ForgeError where error.kind == .unreachable {
            if let known = try? await issue(ofIncident: ticket.incident) { return known.htmlURL }
            throw error
        }
    }

    // MARK: HostedForge

    package func branch(_ name: String) async throws -> PublishedBranch? {
        let operation = "reading branch \(name)"
        let path =
            root + "/git/ref/heads/"
            + name.split(separator: "/")
            .map { RESTClient.encode(String($0)) }.joined(separator: "/")
        guard
            let reference = try await rest.find(
                GitHubDocuments.Reference.self, path, operation: operation)
        else { return nil }
        let commit = try await rest.get(
            GitHubDocuments.GitCommit.self, root + "/git/commits/\(reference.object.sha)",
            operation: operation)
        return PublishedBranch(commit: reference.object.sha, tree: commit.tree.sha)
    }

    package func state(ofBranch branch: String) async throws -> PullRequestState? {
        guard let pull = try await pull(ofBranch: branch) else { return nil }
        if pull.mergedAt != nil {
            return PullRequestState(status: .merged, mergeCommit: pull.mergeCommitSHA)
        }
        return PullRequestState(status: pull.state == "open" ? .open : .closed)
    }

    package func exchange(_ request: GitServiceRequest) async throws -> [UInt8] {
        try await git.exchange(request)
    }

    // MARK: Lookup

    /// Of a fork's branch of the same name nothing is known here.
    func pull(ofBranch branch: String) async throws -> GitHubDocuments.PullRequest? {
        let branch = try BranchName(branch).description
        let pulls = try await rest.get(
            [GitHubDocuments.PullRequest].self, root + "/pulls",
            query: [
                ("state", "all"), ("head", "\(address.owner):\(branch)"), ("per_page", "100"),
            ], operation: "looking for the pull request")
        return pulls.first { pull in
            pull.head.ref == branch
                && pull.head.repo?.fullName.lowercased() == address.repository.lowercased()
        }
    }

    /// The newest tickets are looked through: search indexes lag behind.
    func issue(ofIncident incident: String) async throws -> GitHubDocuments.Issue? {
        let marker = TicketMarker.text(incident)
        for page in 1...3 {
            let issues = try await rest.get(
                [GitHubDocuments.Issue].self, root + "/issues",
                query: [
                    ("state", "all"), ("sort", "created"), ("direction", "desc"),
                    ("per_page", "100"), ("page", String(page)),
                ], operation: "looking for the ticket")
            let known = issues.first { $0.pullRequest == nil && $0.body?.contains(marker) == true }
            if known != nil || issues.count < 100 { return known }
        }
        return nil
    }

    private func reference(_ pull: GitHubDocuments.PullRequest) -> PullRequestReference {
        PullRequestReference(
            forge: name, branch: pull.head.ref, head: pull.head.sha, url: pull.htmlURL)
    }
}

/// Identifies a ticket by its incident, in its body.
enum TicketMarker {
    static func text(_ incident: String) -> String {
        "<!-- drydock-incident: \(incident.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) -->"
    }
}
