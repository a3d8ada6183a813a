/// Logs and re-runs of GitHub Actions, and what people say under a pull request.
extension GitHubForge {
    private static let logBytesMax = 16 << 20
    private static let logJobsMax = 10

    package func failedJobLogs(ofRun run: String) async throws -> String {
        let operation = "reading the logs of run \(PlainText.line(run))"
        let number = try Self.number(run, operation: operation)
        let jobs = try await rest.get(
            GitHubDocuments.Jobs.self, root + "/actions/runs/\(number)/jobs",
            query: [("filter", "latest"), ("per_page", "100")], operation: operation)
        var text = ""
        for job in jobs.jobs.filter({ $0.isFailed }).prefix(Self.logJobsMax) {
            text += try await log(ofJob: job.id, operation: operation) + "\n"
        }
        return text
    }

    /// The log is elsewhere, at an address that is its own credential: the token is not sent there.
    private func log(ofJob job: Int, operation: String) async throws -> String {
        let answer = try await rest.call(
            "GET", root + "/actions/jobs/\(job)/logs", accepted: [200, 302], operation: operation)
        guard answer.status == 302 else { return String(decoding: answer.body, as: UTF8.self) }
        guard let place = answer.headers["location"],
            place.hasPrefix("https://") || place.hasPrefix(rest.base + "/")
                || (rest.base.hasPrefix("http://") && place.hasPrefix("http://127.0.0.1"))
        else {
            throw ForgeError(
                .malformed, operation: operation, subject: "job \(job)",
                reason: "its log is said to be at no https:// address")
        }
        let response = try await rest.transport.send(
            ForgeRequest(method: "GET", url: place, answerBytesMax: Self.logBytesMax))
        guard response.status == 200 else {
            throw RESTFailure.error(
                response, operation: operation, subject: "job \(job)",
                tokenRemedy: "Logs expire; the run may be too old")
        }
        return String(decoding: response.body, as: UTF8.self)
    }

    package func rerunFailedJobs(ofRun run: String) async throws {
        let operation = "running failed jobs again"
        _ = try await rest.call(
            "POST",
            root + "/actions/runs/\(try Self.number(run, operation: operation))"
                + "/rerun-failed-jobs", operation: operation)
    }

    package func commands(ofBranch branch: String) async throws -> [ReviewCommand] {
        guard let pull = try await pull(ofBranch: branch) else { return [] }
        return try await commands(number: pull.number, isPullRequest: true)
    }

    package func commands(ofIncident incident: String) async throws -> [ReviewCommand] {
        guard let issue = try await issue(ofIncident: incident) else { return [] }
        return try await commands(number: issue.number, isPullRequest: false)
    }

    private func commands(number: Int, isPullRequest: Bool) async throws -> [ReviewCommand] {
        let places =
            [root + "/issues/\(number)/comments"]
            + (isPullRequest ? [root + "/pulls/\(number)/comments"] : [])
        var commands: [ReviewCommand] = []
        var mayWrite: [String: Bool] = [:]
        for place in places {
            let comments = try await rest.get(
                [GitHubDocuments.Comment].self, place, query: [("per_page", "100")],
                operation: "reading comments")
            for comment in comments {
                guard let verb = ReviewCommand.verb(in: comment.body ?? ""),
                    let login = comment.user?.login
                else { continue }
                if mayWrite[login] == nil { mayWrite[login] = try await hasWriteAccess(login) }
                guard mayWrite[login] == true else { continue }
                commands.append(
                    ReviewCommand(verb: verb, person: login, comment: String(comment.id)))
            }
        }
        return commands
    }

    private func hasWriteAccess(_ login: String) async throws -> Bool {
        let permission = try await rest.find(
            GitHubDocuments.Permission.self,
            root + "/collaborators/\(RESTClient.encode(login))/permission",
            operation: "asking what \(PlainText.line(login)) may do")
        return ["admin", "write"].contains(permission?.permission ?? "none")
    }

    private static func number(_ text: String, operation: String) throws(ForgeError) -> UInt64 {
        guard let number = UInt64(text) else {
            throw ForgeError(
                operation: operation, subject: PlainText.line(text), reason: "it is no run's number"
            )
        }
        return number
    }
}
