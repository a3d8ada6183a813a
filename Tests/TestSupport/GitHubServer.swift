import Foundation
import Synchronization

/// A GitHub of one repository: the parts of its REST interface that Drydock uses, with the fields
/// that GitHub's own answers have. PyGithub drives it in the tests, and its recorded exchanges are
/// held against it.
package final class GitHubServer: Sendable {
    package typealias Script = ScriptedServer.Script

    package let script: ForgeScript
    package let repositoryName: String
    private let server: ScriptedServer
    private let state: Mutex<State>

    package struct State: Sendable {
        package var pulls: [Pull] = []
        package var issues: [Issue] = []
        package var statuses: [String] = []
        package var checkRuns: [String] = []
        package var sarifs: [String: (body: String, polls: Int)] = [:]
        package var reruns: [Int] = []
        package var comments: [Int: [(login: String, body: String)]] = [:]
        package var logs: [Int: String] = [:]
        package var mayMakeCheckRuns = true
        package var permissions = ["ada": "admin", "bob": "write", "eve": "read"]
        package var authors: [String: String] = [:]
        var nextNumber = 1
    }

    package struct Pull: Sendable {
        package var number: Int
        package var title: String
        package var body: String
        package var branch: String
        package var base: String
        package var sha: String
        package var isDraft: Bool
        package var state = "open"
        package var mergeCommit: String?
        package var labels: [String] = []
        package var reviewers: [String] = []
    }

    package struct Issue: Sendable {
        package var number: Int
        package var title: String
        package var body: String
        package var labels: [String]
    }

    /// - Parameters:
    ///   - root: a directory in which the bare repository is at `NAME.git`.
    package init(
        root: String, repositoryName: String = "octo/shop", token: String = "ghs_testtoken123456"
    ) throws {
        self.repositoryName = repositoryName
        let script = ForgeScript(
            token: token,
            repository: GitCommandLine(directory: "\(root)/\(repositoryName).git"))
        self.script = script
        let state = Mutex(State())
        let box = Weak()
        server = try ScriptedServer { request, _ in
            guard let owner = box.value.withLock({ $0.object }) else { return .answer(503) }
            return owner.answer(request, root: root)
        }
        self.state = state
        box.value.withLock { $0.object = self }
    }

    package var url: String { server.url }
    package var requests: [ScriptedServer.Request] { server.requests }
    package func withState<Value>(_ body: (inout sending State) -> sending Value) -> sending Value {
        state.withLock { body(&$0) }
    }

    private final class Weak: Sendable {
        struct Reference { weak var object: GitHubServer? }
        let value = Mutex(Reference())
    }

    private func answer(_ request: ScriptedServer.Request, root: String) -> Script {
        let fault = script.fault(for: request)
        if let fault, !fault.isLate { return fault.script }
        let real = perform(request, root: root)
        return fault?.script ?? real
    }

    private func perform(_ request: ScriptedServer.Request, root: String) -> Script {
        let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
        let (path, query) = (parts[0], parts.count > 1 ? parts[1] : "")
        if path.hasPrefix("/\(repositoryName).git/") {
            guard script.isBasic(request) else {
                return .answer(
                    401, "", headers: [("www-authenticate", "Basic realm=\"GitHub\"")])
            }
            let answer = try? GitHTTPBackend(root: root).answer(request, path: path, query: query)
            return answer ?? .answer(500)
        }
        if path.hasPrefix("/logs/") {
            // A signed address elsewhere: whoever sends a credential here gives it away.
            guard request.header("authorization") == nil else { return .answer(400, "") }
            let log = state.withLock { $0.logs[Int(path.dropFirst(6)) ?? 0] } ?? ""
            return .answer(200, log, type: "text/plain")
        }
        let authorization = request.header("authorization") ?? ""
        guard authorization.hasSuffix(" " + script.token) else {
            return Self.error(401, "Bad credentials")
        }
        let prefix = "/repos/\(repositoryName)"
        guard path.hasPrefix(prefix) else { return Self.error(404, "Not Found") }
        let route = path.dropFirst(prefix.count).split(separator: "/").map {
            String($0).removingPercentEncoding ?? ""
        }
        return self.route(request, route, Self.query(query))
    }

    package static func error(_ status: Int, _ message: String, errors: [[String: String]] = [])
        -> Script
    {
        var body: [String: Any] = [
            "message": message, "documentation_url": "https://docs.github.com/rest",
            "status": String(status),
        ]
        if !errors.isEmpty { body["errors"] = errors }
        return .answer(status, JSONDocuments.text(body))
    }

    static func query(_ text: String) -> [String: String] {
        Dictionary(
            text.split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1).map {
                    String($0).removingPercentEncoding ?? ""
                }
                return (sides[0], sides.count > 1 ? sides[1] : "")
            }, uniquingKeysWith: { $1 })
    }

    private func route(
        _ request: ScriptedServer.Request, _ route: [String], _ query: [String: String]
    ) -> Script {
        let body = JSONDocuments.object(request.body)
        let git = script.repository
        switch (request.method, route.first, route.count) {
        case ("GET", nil, 0): return .answer(200, JSONDocuments.text(repositoryDocument))
        case ("GET", "git", 4...) where route[1] == "ref" && route[2] == "heads":
            let name = route[3...].joined(separator: "/")
            guard let sha = try? git.text(["rev-parse", "--verify", "-q", "refs/heads/\(name)"])
            else { return Self.error(404, "Not Found") }
            return .answer(
                200,
                JSONDocuments.text(
                    [
                        "ref": "refs/heads/\(name)", "url": "\(url)/x",
                        "object": ["sha": sha, "type": "commit", "url": "\(url)/x"],
                    ] as [String: Any]))
        case ("GET", "git", 3) where route[1] == "commits":
            guard let tree = try? git.text(["rev-parse", "\(route[2])^{tree}"]) else {
                return Self.error(404, "Not Found")
            }
            return .answer(
                200,
                JSONDocuments.text(
                    [
                        "sha": route[2], "message": "m", "url": "\(url)/x",
                        "tree": ["sha": tree, "url": "\(url)/x"], "parents": [] as [String],
                    ] as [String: Any]))
        case ("POST", "git", 2): return database(route[1], body)
        case ("GET", "commits", 2):
            guard (try? git.text(["rev-parse", "--verify", "-q", route[1] + "^{commit}"])) != nil
            else { return Self.error(422, "No commit found for SHA: \(route[1])") }
            let login = state.withLock { $0.authors[route[1]] }
            let author: Any = login.map { Self.user($0) } ?? NSNull()
            return .answer(
                200, JSONDocuments.text(["sha": route[1], "author": author] as [String: Any]))
        case (_, "pulls", _): return pulls(request, route, query, body)
        case (_, "issues", _): return issues(request, route, query, body)
        case ("POST", "check-runs", 1), ("PATCH", "check-runs", 2):
            return state.withLock { state in
                guard state.mayMakeCheckRuns else {
                    return Self.error(403, "Resource not accessible by personal access token")
                }
                state.checkRuns.append(String(decoding: request.body, as: UTF8.self))
                let document: [String: Any] = [
                    "id": 4, "name": body["name"] ?? "", "head_sha": body["head_sha"] ?? "",
                    "status": "completed", "conclusion": body["conclusion"] ?? "",
                ]
                return .answer(request.method == "POST" ? 201 : 200, JSONDocuments.text(document))
            }
        case ("POST", "statuses", 2):
            state.withLock { $0.statuses.append(String(decoding: request.body, as: UTF8.self)) }
            return .answer(
                201,
                JSONDocuments.text(
                    [
                        "id": 1, "state": body["state"] ?? "", "url": "\(url)/x",
                        "context": body["context"] ?? "", "description": body["description"] ?? "",
                        "target_url": body["target_url"] ?? "",
                    ] as [String: Any]))
        case ("POST", "code-scanning", 2):
            state.withLock {
                $0.sarifs["6c81"] = (body: String(decoding: request.body, as: UTF8.self), polls: 0)
            }
            return .answer(202, JSONDocuments.text(["id": "6c81", "url": "\(url)/x"]))
        case ("GET", "code-scanning", 3):
            return state.withLock { state in
                guard var upload = state.sarifs[route[2]] else {
                    return Self.error(404, "Not Found")
                }
                upload.polls += 1
                state.sarifs[route[2]] = upload
                return .answer(
                    200,
                    JSONDocuments.text(
                        ["processing_status": upload.polls > 1 ? "complete" : "pending"]))
            }
        case (_, "actions", _): return actions(request, route)
        case ("GET", "collaborators", 3):
            guard let permission = state.withLock({ $0.permissions[route[1]] }) else {
                return Self.error(404, "\(route[1]) is not a user")
            }
            return .answer(
                200,
                JSONDocuments.text(
                    ["permission": permission, "user": Self.user(route[1])] as [String: Any]))
        default: return Self.error(404, "Not Found")
        }
    }

    private func pulls(
        _ request: ScriptedServer.Request, _ route: [String], _ query: [String: String],
        _ body: [String: Any]
    ) -> Script {
        let git = script.repository
        switch (request.method, route.count) {
        case ("GET", 1):
            let head = query["head"]
            let owner = repositoryName.split(separator: "/")[0]
            let found = state.withLock { state in
                state.pulls.filter { head == nil || "\(owner):\($0.branch)" == head }
            }
            return .answer(200, JSONDocuments.text(found.map(document)))
        case ("POST", 1):
            let branch = body["head"] as? String ?? ""
            guard let sha = try? git.text(["rev-parse", "--verify", "-q", "refs/heads/\(branch)"])
            else {
                return Self.error(
                    422, "Validation Failed",
                    errors: [["resource": "PullRequest", "field": "head", "code": "invalid"]])
            }
            return state.withLock { state in
                guard !state.pulls.contains(where: { $0.branch == branch && $0.state == "open" })
                else {
                    return Self.error(
                        422, "Validation Failed",
                        errors: [
                            [
                                "resource": "PullRequest", "code": "custom",
                                "message": "A pull request already exists for \(branch).",
                            ]
                        ])
                }
                let pull = Pull(
                    number: state.nextNumber, title: body["title"] as? String ?? "",
                    body: body["body"] as? String ?? "", branch: branch,
                    base: body["base"] as? String ?? "", sha: sha,
                    isDraft: body["draft"] as? Bool ?? false)
                state.nextNumber += 1
                state.pulls.append(pull)
                return .answer(201, JSONDocuments.text(document(pull)))
            }
        case ("POST", 3) where route[2] == "requested_reviewers":
            let number = Int(route[1]) ?? 0
            return state.withLock { state in
                guard let index = state.pulls.firstIndex(where: { $0.number == number }) else {
                    return Self.error(404, "Not Found")
                }
                let names = body["reviewers"] as? [String] ?? []
                guard names.allSatisfy({ state.permissions[$0] != nil }) else {
                    return Self.error(
                        422,
                        "Reviews may only be requested from collaborators. One or more of the users"
                            + " or teams you specified is not a collaborator of the repository.")
                }
                state.pulls[index].reviewers += names
                return .answer(201, JSONDocuments.text(document(state.pulls[index])))
            }
        case ("GET", 3) where route[2] == "comments": return .answer(200, "[]")
        default: return Self.error(404, "Not Found")
        }
    }

    private func issues(
        _ request: ScriptedServer.Request, _ route: [String], _ query: [String: String],
        _ body: [String: Any]
    ) -> Script {
        let number = route.count > 1 ? Int(route[1]) ?? 0 : 0
        return state.withLock { state in
            switch (request.method, route.count) {
            case ("GET", 1): return .answer(200, JSONDocuments.text(state.issues.map(document)))
            case ("POST", 1):
                let issue = Issue(
                    number: state.nextNumber, title: body["title"] as? String ?? "",
                    body: body["body"] as? String ?? "", labels: body["labels"] as? [String] ?? [])
                state.nextNumber += 1
                state.issues.append(issue)
                return .answer(201, JSONDocuments.text(document(issue)))
            case ("POST", 3) where route[2] == "labels":
                let labels = body["labels"] as? [String] ?? []
                if let index = state.pulls.firstIndex(where: { $0.number == number }) {
                    state.pulls[index].labels += labels
                }
                return .answer(
                    200,
                    JSONDocuments.text(
                        labels.map { ["name": $0, "color": "ededed", "url": "\(url)/x"] }))
            case ("GET", 3) where route[2] == "comments":
                let comments = (state.comments[number] ?? []).enumerated().map { index, comment in
                    [
                        "id": 100 + index, "body": comment.body, "html_url": "\(url)/x",
                        "user": Self.user(comment.login),
                    ] as [String: Any]
                }
                return .answer(200, JSONDocuments.text(comments))
            default: return Self.error(404, "Not Found")
            }
        }
    }

    private func actions(_ request: ScriptedServer.Request, _ route: [String]) -> Script {
        switch (request.method, route.count, route.last) {
        case ("GET", 4, "jobs"):
            let jobs = state.withLock { $0.logs.keys.sorted() }.map { id in
                ["id": id, "name": "test", "status": "completed", "conclusion": "failure"]
                    as [String: Any]
            }
            let green: [String: Any] = [
                "id": 1, "name": "lint", "status": "completed", "conclusion": "success",
            ]
            return .answer(
                200,
                JSONDocuments.text(
                    ["total_count": jobs.count + 1, "jobs": [green] + jobs] as [String: Any]))
        case ("GET", 4, "logs"):
            return .answer(302, "", headers: [("location", "\(url)/logs/\(route[2])")])
        case ("POST", 4, "rerun-failed-jobs"):
            state.withLock { $0.reruns.append(Int(route[2]) ?? 0) }
            return .answer(201, "{}")
        default: return Self.error(404, "Not Found")
        }
    }

    private var repositoryDocument: [String: Any] {
        let owner = String(repositoryName.split(separator: "/")[0])
        return [
            "id": 1, "full_name": repositoryName, "name": repositoryName.split(separator: "/")[1],
            "default_branch": "main", "private": false, "owner": Self.user(owner),
            "html_url": "\(url)/\(repositoryName)", "url": "\(url)/repos/\(repositoryName)",
        ].mapValues { $0 is Substring ? "\($0)" : $0 }
    }

    private func document(_ pull: Pull) -> [String: Any] {
        [
            "number": pull.number, "title": pull.title, "body": pull.body, "state": pull.state,
            "html_url": "https://github.com/\(repositoryName)/pull/\(pull.number)",
            "url": "\(url)/repos/\(repositoryName)/pulls/\(pull.number)",
            "draft": pull.isDraft, "user": Self.user("drydock-bot"), "id": pull.number,
            "head": [
                "ref": pull.branch, "sha": pull.sha, "label": "octo:\(pull.branch)",
                "repo": repositoryDocument, "user": Self.user("octo"),
            ] as [String: Any],
            "base": [
                "ref": pull.base, "sha": pull.sha, "label": "octo:\(pull.base)",
                "repo": repositoryDocument, "user": Self.user("octo"),
            ] as [String: Any],
            "merged_at": pull.mergeCommit == nil ? NSNull() : "2026-01-01T00:00:00Z" as Any,
            // Of an open one it is a trial merge's.
            "merge_commit_sha": pull.mergeCommit ?? pull.sha,
            "labels": pull.labels.map { ["name": $0, "color": "ededed"] },
            "requested_reviewers": pull.reviewers.map(Self.user),
        ]
    }

    private func document(_ issue: Issue) -> [String: Any] {
        [
            "number": issue.number, "title": issue.title, "body": issue.body, "state": "open",
            "id": issue.number, "user": Self.user("drydock-bot"),
            "html_url": "https://github.com/\(repositoryName)/issues/\(issue.number)",
            "url": "\(url)/repos/\(repositoryName)/issues/\(issue.number)",
            "labels": issue.labels.map { ["name": $0, "color": "ededed"] },
        ]
    }

    private static func user(_ login: String) -> [String: Any] {
        [
            "login": login, "id": abs(login.utf8.reduce(7) { ($0 * 31 + Int($1)) % 100_000 }),
            "type": "User",
        ]
    }
}
