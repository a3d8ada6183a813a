internal import Foundation
package import RunModel

/// The forge that needs no server: a bare repository, a Markdown file per pull request and ticket.
///
///     DIRECTORY/repository.git   the branches (pushed by a `BranchPublisher`), where they go to no
///                                server
///     DIRECTORY/pulls/BRANCH.md
///     DIRECTORY/issues/INCIDENT.md
package struct LocalForge: Forge {
    package static let kind = "local"
    package var name: String { Self.kind }
    private let directory: String
    private let target: String

    /// Where branches are pushed to.
    package let remote: String
    private let isRemoteElsewhere: Bool

    /// - Parameters:
    ///   - directory: made when it is not there.
    ///   - defaultBranch: of the repository that is healed.
    ///   - remote: a server's URL, where branches do not go to the bare repository.
    package init(directory: String, defaultBranch: String, remote: String? = nil) {
        self.directory = directory
        target = defaultBranch
        self.remote = remote ?? directory + "/repository.git"
        isRemoteElsewhere = remote != nil
    }

    package func defaultBranch() async throws -> String { target }

    package func pullRequest(ofBranch branch: String) async throws -> PullRequestReference? {
        let branch = try BranchName(branch).description
        let path = pullRequestPath(branch)
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let marker = "head: "
        let head = String(decoding: data.prefix(4096), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(marker) }?.dropFirst(marker.count)
        guard let head else {
            throw ForgeError(
                operation: "reading a pull request", subject: path, reason: "it names no commit",
                remedy: "Move the file away; it was not written by Drydock")
        }
        return PullRequestReference(
            forge: name, branch: branch, head: String(head), url: Self.url(path))
    }

    package func openPullRequest(_ draft: PullRequestDraft) async throws -> PullRequestReference {
        let branch = try BranchName(draft.branch)
        guard draft.branch != draft.target else {
            throw ForgeError(
                operation: "opening a pull request", subject: draft.branch,
                reason: "it is the branch that it is meant for")
        }
        if let known = try await pullRequest(ofBranch: branch.description) { return known }
        let path = pullRequestPath(branch.description)
        let reviewers =
            draft.reviewers.isEmpty
            ? "" : "reviewers: \(draft.reviewers.map(Self.oneLine).joined(separator: ", "))\n"
        let place = isRemoteElsewhere ? "remote: \(Self.oneLine(remote))\n" : ""
        try Self.write(
            """
            ---
            state: draft
            branch: \(branch)
            head: \(Self.oneLine(draft.head))
            target: \(Self.oneLine(draft.target))
            \(place)\(reviewers)---

            # \(Markdown.line(draft.title))

            \(draft.body)
            """, to: path)
        return PullRequestReference(
            forge: name, branch: branch.description, head: draft.head, url: Self.url(path))
    }

    package func openIssue(_ ticket: Ticket) async throws -> String {
        let slug = BranchName(incident: ticket.incident).description
            .dropFirst(BranchName.prefix.count + "heal-".count)
        let path = "\(directory)/issues/\(slug).md"
        if !FileManager.default.fileExists(atPath: path) {
            try Self.write("# \(Markdown.line(ticket.title))\n\n\(ticket.body)", to: path)
        }
        return Self.url(path)
    }

    private func pullRequestPath(_ branch: String) -> String {
        "\(directory)/pulls/\(branch.dropFirst(BranchName.prefix.count)).md"
    }

    private static func url(_ path: String) -> String { URL(filePath: path).absoluteString }

    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }

    /// Whole or not at all: a reader, and a process that is resumed, never see half of a file.
    private static func write(_ text: String, to path: String) throws {
        let file = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: file, options: .atomic)
    }
}
