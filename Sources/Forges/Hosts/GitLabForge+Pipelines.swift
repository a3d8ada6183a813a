/// Status, reviewers, logs, re-runs and comments of a GitLab project.
extension GitLabForge {
    private static let descriptionLimit = 255
    private static let logJobsMax = 10
    /// Developer and above may push.
    private static let writeAccess = 30

    package func announce(_ announcement: PullRequestAnnouncement) async -> [String] {
        var failures: [String] = []
        func attempt(_ body: () async throws -> Void) async {
            do { try await body() } catch { failures.append("\(error)") }
        }
        let request: GitLabDocuments.MergeRequest
        do {
            guard let found = try await self.request(ofBranch: announcement.branch) else {
                return ["there is no merge request of \(announcement.branch)"]
            }
            request = found
        } catch { return ["\(error)"] }
        let place = root + "/merge_requests/\(request.iid)"
        if !announcement.labels.isEmpty {
            await attempt {
                _ = try await rest.call(
                    "PUT", place, json: ["add_labels": announcement.labels.joined(separator: ",")],
                    isRepeatable: true, operation: "labelling the merge request")
            }
        }
        if let culprit = announcement.culprit {
            await attempt { try await requestReview(request, at: place, culprit) }
        }
        await attempt {
            _ = try await rest.call(
                "POST", root + "/statuses/\(announcement.commit)",
                json: GitLabDocuments.Status(
                    state: "success", name: "drydock/verified", ref: announcement.branch,
                    targetURL: request.webURL,
                    description: PlainText.line(
                        announcement.checkTitle, limit: Self.descriptionLimit - 1)),
                isRepeatable: true, operation: "setting the commit's status")
        }
        return failures
    }

    private func requestReview(
        _ request: GitLabDocuments.MergeRequest, at place: String, _ culprit: String
    ) async throws {
        let operation = "finding who wrote the culprit"
        guard
            let commit = try await rest.find(
                GitLabDocuments.Commit.self,
                root + "/repository/commits/\(RESTClient.encode(culprit))", operation: operation)
        else { return }
        let members = try await rest.get(
            [GitLabDocuments.Member].self, root + "/members/all",
            query: [("query", commit.authorEmail)], operation: operation)
        // More than one may match a part of an address.
        guard members.count == 1, members[0].id != request.author?.id else { return }
        _ = try await rest.call(
            "PUT", place, json: ["reviewer_ids": [members[0].id]], isRepeatable: true,
            operation: "asking for a review")
    }

    package func failedJobLogs(ofRun run: String) async throws -> String {
        let operation = "reading the logs of pipeline \(PlainText.line(run))"
        let jobs = try await rest.get(
            [GitLabDocuments.Job].self,
            root + "/pipelines/\(try Self.number(run, operation))/jobs",
            query: [("scope[]", "failed"), ("per_page", "100")], operation: operation)
        var text = ""
        for job in jobs.prefix(Self.logJobsMax) {
            let answer = try await rest.call(
                "GET", root + "/jobs/\(job.id)/trace", operation: operation)
            text += String(decoding: answer.body, as: UTF8.self) + "\n"
        }
        return text
    }

    package func rerunFailedJobs(ofRun run: String) async throws {
        let operation = "running failed jobs again"
        _ = try await rest.call(
            "POST", root + "/pipelines/\(try Self.number(run, operation))/retry",
            operation: operation)
    }

    package func commands(ofBranch branch: String) async throws -> [ReviewCommand] {
        guard let request = try await request(ofBranch: branch) else { return [] }
        return try await commands(at: root + "/merge_requests/\(request.iid)/notes")
    }

    package func commands(ofIncident incident: String) async throws -> [ReviewCommand] {
        guard let issue = try await issue(ofIncident: incident) else { return [] }
        return try await commands(at: root + "/issues/\(issue.iid)/notes")
    }

    private func commands(at place: String) async throws -> [ReviewCommand] {
        let notes = try await rest.get(
            [GitLabDocuments.Note].self, place, query: [("sort", "asc"), ("per_page", "100")],
            operation: "reading comments")
        var commands: [ReviewCommand] = []
        var mayWrite: [Int: Bool] = [:]
        for note in notes where !note.system {
            guard let verb = ReviewCommand.verb(in: note.body) else { continue }
            if mayWrite[note.author.id] == nil {
                let member = try await rest.find(
                    GitLabDocuments.Member.self, root + "/members/all/\(note.author.id)",
                    operation: "asking what \(PlainText.line(note.author.username)) may do")
                mayWrite[note.author.id] = (member?.accessLevel ?? 0) >= Self.writeAccess
            }
            guard mayWrite[note.author.id] == true else { continue }
            commands.append(
                ReviewCommand(verb: verb, person: note.author.username, comment: String(note.id)))
        }
        return commands
    }

    private static func number(
        _ text: String, _ operation: String
    ) throws(ForgeError) -> UInt64 {
        guard let number = UInt64(text) else {
            throw ForgeError(
                operation: operation, subject: PlainText.line(text),
                reason: "it is no pipeline's number")
        }
        return number
    }
}
