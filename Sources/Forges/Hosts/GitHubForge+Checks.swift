internal import Foundation

/// What stands beside a pull request: labels, reviewers, a check, findings.
extension GitHubForge {
    /// Annotations of one request (https://docs.github.com/rest/checks/runs).
    private static let annotationsPerRequest = 50
    private static let statusDescriptionLimit = 140
    private static let checkName = "drydock/verified"

    package func announce(_ announcement: PullRequestAnnouncement) async -> [String] {
        var failures: [String] = []
        func attempt(_ body: () async throws -> Void) async {
            do { try await body() } catch { failures.append("\(error)") }
        }
        let pull: GitHubDocuments.PullRequest
        do {
            guard let found = try await self.pull(ofBranch: announcement.branch) else {
                return ["there is no pull request of \(announcement.branch)"]
            }
            pull = found
        } catch { return ["\(error)"] }
        if !announcement.labels.isEmpty {
            await attempt { try await label(pull.number, announcement.labels) }
        }
        if let culprit = announcement.culprit {
            await attempt { try await requestReview(pull, culprit) }
        }
        await attempt { try await check(announcement, url: pull.htmlURL) }
        if let sarif = announcement.sarif {
            await attempt { try await upload(sarif, announcement) }
        }
        return failures
    }

    private func label(_ number: Int, _ labels: [String]) async throws {
        _ = try await rest.call(
            "POST", root + "/issues/\(number)/labels", json: ["labels": labels],
            isRepeatable: true, operation: "labelling the pull request")
    }

    private func requestReview(_ pull: GitHubDocuments.PullRequest, _ commit: String) async throws {
        let known = try await rest.find(
            GitHubDocuments.Commit.self, root + "/commits/\(RESTClient.encode(commit))",
            operation: "finding who wrote the culprit")
        // An author without an account cannot be asked; the one who opened it is not asked either.
        guard let login = known?.author?.login, login != pull.user?.login else { return }
        _ = try await rest.call(
            "POST", root + "/pulls/\(pull.number)/requested_reviewers",
            json: ["reviewers": [login]], isRepeatable: true,
            operation: "asking \(PlainText.line(login)) for a review")
    }

    /// Only GitHub Apps may make check runs; any other token makes a commit status.
    private func check(_ announcement: PullRequestAnnouncement, url: String) async throws {
        let operation = "reporting the check"
        let all = announcement.annotations.map(GitHubDocuments.Annotation.init)
        var check = GitHubDocuments.CheckRun(
            name: Self.checkName, headSHA: announcement.commit, status: "completed",
            conclusion: "success", detailsURL: url,
            output: .init(
                title: PlainText.line(announcement.checkTitle),
                summary: PlainText.body(announcement.checkSummary, limit: Self.bodyBytesMax),
                annotations: Array(all.prefix(Self.annotationsPerRequest))))
        let made: RESTClient.Answer
        do {
            made = try await rest.call(
                "POST", root + "/check-runs", json: check, operation: operation)
        } catch let error as ForgeError where [.forbidden, .notFound].contains(error.kind) {
            try await status(announcement, url: url)
            return
        }
        guard all.count > Self.annotationsPerRequest else { return }
        let run = try rest.decode(GitHubDocuments.Numbered.self, made, operation: operation)
        var rest = all.dropFirst(Self.annotationsPerRequest)
        while !rest.isEmpty {
            check.output.annotations = Array(rest.prefix(Self.annotationsPerRequest))
            rest = rest.dropFirst(Self.annotationsPerRequest)
            _ = try await self.rest.call(
                "PATCH", root + "/check-runs/\(run.id)", json: check, operation: operation)
        }
    }

    private func status(_ announcement: PullRequestAnnouncement, url: String) async throws {
        _ = try await rest.call(
            "POST", root + "/statuses/\(announcement.commit)",
            json: GitHubDocuments.Status(
                state: "success", targetURL: url,
                description: String(
                    PlainText.line(announcement.checkTitle).prefix(Self.statusDescriptionLimit)),
                context: Self.checkName), isRepeatable: true,
            operation: "setting the commit's status")
    }

    private func upload(_ sarif: [UInt8], _ announcement: PullRequestAnnouncement) async throws {
        let operation = "uploading findings"
        let answer = try await rest.call(
            "POST", root + "/code-scanning/sarifs",
            json: GitHubDocuments.SARIFUpload(
                commitSHA: announcement.commit, ref: "refs/heads/\(announcement.branch)",
                sarif: Data(GzipStream.stored(sarif)).base64EncodedString(),
                toolName: "drydock"), operation: operation)
        let upload = try rest.decode(
            GitHubDocuments.SARIFReceipt.self, answer, operation: operation)
        for _ in 0..<pollsMax {
            let state = try await rest.find(
                GitHubDocuments.SARIFState.self,
                root + "/code-scanning/sarifs/\(RESTClient.encode(upload.id))",
                operation: operation)
            switch state?.processingStatus {
            case "complete": return
            case "failed":
                throw ForgeError(
                    operation: operation, subject: upload.id,
                    reason: "code scanning did not take them: "
                        + PlainText.line((state?.errors ?? []).joined(separator: "; ")))
            default: try await Task.sleep(for: .seconds(pollSeconds))
            }
        }
        throw ForgeError(
            operation: operation, subject: upload.id,
            reason: "they are still being processed after \(Int(pollSeconds) * pollsMax) s",
            remedy: "Look at the repository's code scanning page later")
    }
}
