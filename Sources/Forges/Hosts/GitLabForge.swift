internal import Digests
internal import Foundation
package import RunModel

/// GitLab over its REST interface, version 4 (https://docs.gitlab.com/api/rest). The token is a
/// project's, a group's or a person's access token with the scope `api`.
package struct GitLabForge: HostedForgeKind {
    package static let kind = "gitlab"
    package static let tokenFileVariable = "DRYDOCK_GITLAB_TOKEN_FILE"
    package static let webhookSecretVariable = "DRYDOCK_GITLAB_WEBHOOK_SECRET_FILE"
    /// A description's limit is 1,048,576 characters.
    static let bodyBytesMax = 500_000

    package var name: String { Self.kind }
    let address: ForgeAddress
    var rest: RESTClient
    let git: GitSmartHTTP

    var root: String { "/projects/\(RESTClient.encode(address.repository))" }

    package init(address: ForgeAddress, token: String, transport: any ForgeTransport) {
        self.address = address
        rest = RESTClient(
            base: address.api,
            headers: [
                ("PRIVATE-TOKEN", token), ("Accept", "application/json"),
                ("User-Agent", DrydockVersion.userAgent),
            ], transport: transport,
            tokenRemedy: "The file that \(Self.tokenFileVariable) names must hold a token with the "
                + "scope api and the role Developer in this project")
        git = GitSmartHTTP(
            url: address.gitURL, username: "oauth2", token: token, transport: transport)
    }

    package static func address(
        environment: [String: String], remote: String?
    ) throws(ForgeError) -> ForgeAddress {
        let server = environment["CI_SERVER_URL"] ?? "https://gitlab.com"
        let parsed = remote.flatMap(ForgeAddress.parse)
        let host = URLComponents(string: server)?.host ?? ""
        let isTheirs = parsed.map { $0.host == host || $0.host.hasPrefix(host + ":") } ?? false
        guard let project = environment["CI_PROJECT_PATH"] ?? (isTheirs ? parsed?.path : nil) else {
            throw ForgeError(
                operation: "finding the GitLab project", subject: remote ?? "remote `origin`",
                reason: "the repository's remote `origin` is not on \(host)",
                remedy: "Set CI_PROJECT_PATH to GROUP/NAME, and CI_SERVER_URL for an own server")
        }
        return try ForgeAddress(
            api: environment["CI_API_V4_URL"] ?? server + "/api/v4", repository: project,
            gitURL: "\(server)/\(project).git")
    }

    // MARK: Forge

    package func defaultBranch() async throws -> String {
        let project = try await rest.get(
            GitLabDocuments.Project.self, root, operation: "reading the project")
        guard let branch = project.defaultBranch else {
            throw ForgeError(
                operation: "reading the project", subject: address.repository,
                reason: "it has no default branch yet: the first one pushed becomes it",
                remedy: "Push the main branch there first, by hand")
        }
        return branch
    }

    package func pullRequest(ofBranch branch: String) async throws -> PullRequestReference? {
        try await request(ofBranch: branch).map(reference)
    }

    package func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference {
        let branch = try BranchName(draft.branch).description
        let main = try await defaultBranch()
        guard branch != draft.target, branch != main else {
            throw ForgeError(
                operation: "opening a merge request", subject: branch,
                reason: "it is the branch that it is meant for, or the default branch")
        }
        if let known = try await request(ofBranch: branch) { return reference(known) }
        let operation = "opening a merge request"
        do {
            let answer = try await rest.call(
                "POST", root + "/merge_requests",
                json: GitLabDocuments.NewMergeRequest(
                    sourceBranch: branch, targetBranch: draft.target,
                    title: "Draft: " + PlainText.line(draft.title, limit: 240),
                    description: GitLabText.withoutQuickActions(
                        PlainText.body(draft.body, limit: Self.bodyBytesMax)),
                    removeSourceBranch: true), operation: operation)
            return reference(
                try rest.decode(GitLabDocuments.MergeRequest.self, answer, operation: operation))
        } catch let error as ForgeError where error.kind == .unreachable || error.kind == .refused {
            // The answer was lost, or another process was faster: it may be there.
            if let known = try? await request(ofBranch: branch) { return reference(known) }
            throw error
        }
    }

    package func openIssue(_ ticket: Ticket) async throws -> String {
        if let known = try await issue(ofIncident: ticket.incident) { return known.webURL }
        let operation = "opening a ticket"
        do {
            let answer = try await rest.call(
                "POST", root + "/issues",
                json: GitLabDocuments.NewIssue(
                    title: PlainText.line(ticket.title),
                    description: GitLabText.withoutQuickActions(
                        PlainText.body(
                            ticket.body + "\n\n" + TicketMarker.text(ticket.incident),
                            limit: Self.bodyBytesMax)), labels: "drydock"), operation: operation)
            return try rest.decode(GitLabDocuments.Issue.self, answer, operation: operation).webURL
        } catch let error as ForgeError where error.kind == .unreachable {
            if let known = try? await issue(ofIncident: ticket.incident) { return known.webURL }
            throw error
        }
    }

    // MARK: HostedForge

    /// The interface gives no tree's id, so it is computed from the root's entries, which name
    /// everything below by its own.
    package func branch(_ name: String) async throws -> PublishedBranch? {
        let operation = "reading branch \(name)"
        guard
            let branch = try await rest.find(
                GitLabDocuments.Branch.self,
                root + "/repository/branches/\(RESTClient.encode(name))", operation: operation)
        else { return nil }
        var entries: [GitLabDocuments.TreeEntry] = []
        var page = "1"
        while !page.isEmpty {
            let answer = try await rest.call(
                "GET", root + "/repository/tree",
                query: [("ref", branch.commit.id), ("per_page", "100"), ("page", page)],
                operation: operation)
            entries += try rest.decode(
                [GitLabDocuments.TreeEntry].self, answer, operation: operation)
            page = answer.headers["x-next-page"] ?? ""
        }
        guard
            let tree = GitObjectDigest.tree(
                entries.map { .init(name: $0.name, mode: $0.mode, id: $0.id) })
        else {
            throw ForgeError(
                .malformed, operation: operation, subject: address.repository,
                reason: "an entry of its tree has no id or mode")
        }
        return PublishedBranch(commit: branch.commit.id, tree: tree)
    }

    package func state(ofBranch branch: String) async throws -> PullRequestState? {
        guard let request = try await request(ofBranch: branch) else { return nil }
        switch request.state {
        case "merged":
            return PullRequestState(
                status: .merged,
                mergeCommit: request.mergeCommitSHA ?? request.squashCommitSHA ?? request.sha)
        case "closed": return PullRequestState(status: .closed)
        default: return PullRequestState(status: .open)
        }
    }

    package func exchange(_ request: GitServiceRequest) async throws -> [UInt8] {
        try await git.exchange(request)
    }

    // MARK: Lookup

    func request(ofBranch branch: String) async throws -> GitLabDocuments.MergeRequest? {
        let branch = try BranchName(branch).description
        let requests = try await rest.get(
            [GitLabDocuments.MergeRequest].self, root + "/merge_requests",
            query: [("state", "all"), ("source_branch", branch), ("per_page", "100")],
            operation: "looking for the merge request")
        // One from a fork has another source project.
        return requests.first {
            $0.sourceBranch == branch && $0.sourceProject == $0.targetProject
        }
    }

    func issue(ofIncident incident: String) async throws -> GitLabDocuments.Issue? {
        let marker = TicketMarker.text(incident)
        let issues = try await rest.get(
            [GitLabDocuments.Issue].self, root + "/issues",
            query: [
                ("search", incident), ("in", "description"), ("scope", "all"), ("per_page", "100"),
            ], operation: "looking for the ticket")
        return issues.first { $0.description?.contains(marker) == true }
    }

    private func reference(_ request: GitLabDocuments.MergeRequest) -> PullRequestReference {
        PullRequestReference(
            forge: name, branch: request.sourceBranch, head: request.sha ?? "",
            url: request.webURL)
    }
}

/// GitLab obeys lines of a description that begin with a slash, inside of code blocks as well as
/// outside (https://docs.gitlab.com/user/project/quick_actions): a log must not close an issue.
enum GitLabText {
    static func withoutQuickActions(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let start = line.drop { $0 == " " || $0 == "\t" }
            guard start.hasPrefix("/") else { return String(line) }
            return line.dropLast(start.count) + "\u{2215}" + start.dropFirst()
        }.joined(separator: "\n")
    }
}
