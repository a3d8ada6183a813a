import Foundation
import Synchronization

/// A GitLab of one project: the parts of its REST interface that Drydock uses. python-gitlab
/// drives it in the tests.
package final class GitLabServer: Sendable {
    package typealias Script = ScriptedServer.Script

    package let script: ForgeScript
    package let project: String
    private let server: ScriptedServer
    private let state: Mutex<State>

    package struct State: Sendable {
        package var requests: [MergeRequest] = []
        package var issues: [(iid: Int, title: String, description: String)] = []
        package var statuses: [String] = []
        package var retries: [Int] = []
        package var notes: [(author: Int, body: String)] = []
        package var traces: [Int: String] = [:]
        /// Access levels by person: 30 is Developer.
        package var members = [1: 40, 2: 30, 3: 20]
        package var emails: [String: Int] = [:]
    }

    package struct MergeRequest: Sendable {
        package var iid: Int
        package var title: String
        package var description: String
        package var branch: String
        package var target: String
        package var sha: String
        package var state = "opened"
        package var mergeCommit: String?
        package var labels: [String] = []
        package var reviewers: [Int] = []
    }

    /// - Parameter root: a directory in which the bare repository is at `PROJECT.git`.
    package init(
        root: String, project: String = "group/shop", token: String = "glpat-testtoken123456"
    ) throws {
        self.project = project
        script = ForgeScript(
            token: token, repository: GitCommandLine(directory: "\(root)/\(project).git"))
        let box = Weak()
        server = try ScriptedServer { request, _ in
            guard let owner = box.value.withLock({ $0.object }) else { return .answer(503) }
            return owner.answer(request, root: root)
        }
        state = Mutex(State())
        box.value.withLock { $0.object = self }
    }

    package var url: String { server.url }
    package var requests: [ScriptedServer.Request] { server.requests }
    package func withState<Value>(_ body: (inout sending State) -> sending Value) -> sending Value {
        state.withLock { body(&$0) }
    }

    private final class Weak: Sendable {
        struct Reference { weak var object: GitLabServer? }
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
        if path.hasPrefix("/\(project).git/") {
            guard script.isBasic(request) else {
                return .answer(
                    401, "HTTP Basic: Access denied",
                    headers: [("www-authenticate", "Basic realm=\"GitLab\"")])
            }
            let answer = try? GitHTTPBackend(root: root).answer(request, path: path, query: query)
            return answer ?? .answer(500)
        }
        guard request.header("private-token") == script.token else {
            return .answer(401, #"{"message":"401 Unauthorized"}"#)
        }
        let id = project.replacing("/", with: "%2F")
        for prefix in ["/api/v4/projects/\(id)", "/api/v4/projects/1"]
        where path == prefix || path.hasPrefix(prefix + "/") {
            let route = path.dropFirst(prefix.count).split(separator: "/").map {
                String($0).removingPercentEncoding ?? ""
            }
            return self.route(request, route, GitHubServer.query(query))
        }
        return Self.missing
    }

    private static let missing = Script.answer(404, #"{"message":"404 Project Not Found"}"#)

    private func route(
        _ request: ScriptedServer.Request, _ route: [String], _ query: [String: String]
    ) -> Script {
        let body = JSONDocuments.object(request.body)
        let git = script.repository
        switch (request.method, route.first, route.count) {
        case ("GET", nil, 0):
            return Self.json(
                200,
                [
                    "id": 1, "default_branch": "main", "path_with_namespace": project,
                    "name": "shop", "web_url": "\(url)/\(project)",
                ])
        case ("GET", "repository", 3) where route[1] == "branches":
            guard
                let sha = try? git.text(["rev-parse", "-q", "--verify", "refs/heads/\(route[2])"])
            else { return .answer(404, #"{"message":"404 Branch Not Found"}"#) }
            return Self.json(200, ["name": route[2], "commit": ["id": sha]])
        case ("POST", "repository", 2) where route[1] == "commits": return commit(body)
        case ("GET", "repository", 2) where route[1] == "tree":
            return tree(query)
        case ("GET", "repository", 3) where route[1] == "commits":
            guard let text = try? git.text(["show", "-s", "--format=%ae", route[2]]) else {
                return .answer(404, #"{"message":"404 Commit Not Found"}"#)
            }
            return Self.json(200, ["id": route[2], "author_email": text])
        case (_, "merge_requests", _): return mergeRequests(request, route, query, body)
        case ("GET", "issues", 1):
            return Self.json(200, state.withLock { $0.issues.map(document) })
        case ("POST", "issues", 1):
            return state.withLock { state in
                let issue = (
                    iid: state.issues.count + 1, title: body["title"] as? String ?? "",
                    description: body["description"] as? String ?? ""
                )
                state.issues.append(issue)
                return Self.json(201, document(issue))
            }
        case ("POST", "statuses", 2):
            state.withLock { $0.statuses.append(String(decoding: request.body, as: UTF8.self)) }
            return Self.json(
                201,
                [
                    "id": 1, "sha": route[1], "status": body["state"] ?? "",
                    "name": body["name"] ?? "",
                ]
            )
        case ("GET", "members", 2) where route[1] == "all":
            let wanted = state.withLock { $0.emails[query["query"] ?? ""] }
            return Self.json(200, wanted.map { [member($0)] } ?? [])
        case ("GET", "members", 3):
            let person = Int(route[2]) ?? 0
            guard state.withLock({ $0.members[person] }) != nil else {
                return .answer(404, #"{"message":"404 Not found"}"#)
            }
            return Self.json(200, member(person))
        case ("GET", "pipelines", 3):
            let jobs = state.withLock { $0.traces.keys.sorted() }
            return Self.json(200, jobs.map { ["id": $0, "name": "test", "status": "failed"] })
        case ("POST", "pipelines", 3):
            state.withLock { $0.retries.append(Int(route[1]) ?? 0) }
            return Self.json(201, ["id": Int(route[1]) ?? 0, "status": "running"])
        case ("GET", "jobs", 3):
            let text = state.withLock { $0.traces[Int(route[1]) ?? 0] } ?? ""
            return .answer(200, text, type: "text/plain")
        default: return Self.missing
        }
    }

    private func tree(_ query: [String: String]) -> Script {
        let git = script.repository
        let lines = (try? git.text(["ls-tree", query["ref"] ?? "HEAD"])) ?? ""
        let entries = lines.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", maxSplits: 1)
            let head = fields[0].split(separator: " ")
            return [
                "mode": "\(head[0])", "type": "\(head[1])", "id": "\(head[2])",
                "name": "\(fields[1])", "path": "\(fields[1])",
            ]
        }
        // Small pages, so that reading on is part of every test.
        let size = min(Int(query["per_page"] ?? "20") ?? 20, 2)
        let page = Int(query["page"] ?? "1") ?? 1
        let part = entries.dropFirst((page - 1) * size).prefix(size)
        let next = page * size < entries.count ? String(page + 1) : ""
        let link =
            next.isEmpty
            ? []
            : [
                (
                    "link",
                    "<\(url)/api/v4/projects/1/repository/tree?ref=\(query["ref"] ?? "HEAD")"
                        + "&per_page=\(size)&page=\(next)>; rel=\"next\""
                )
            ]
        return .answer(
            200, JSONDocuments.text(Array(part)), headers: [("x-next-page", next)] + link)
    }

    private func mergeRequests(
        _ request: ScriptedServer.Request, _ route: [String], _ query: [String: String],
        _ body: [String: Any]
    ) -> Script {
        let git = script.repository
        let number = route.count > 1 ? Int(route[1]) ?? 0 : 0
        switch (request.method, route.count) {
        case ("GET", 1):
            let branch = query["source_branch"]
            let found = state.withLock { state in
                state.requests.filter { branch == nil || $0.branch == branch }
            }
            return Self.json(200, found.map(document))
        case ("POST", 1):
            let branch = body["source_branch"] as? String ?? ""
            guard let sha = try? git.text(["rev-parse", "-q", "--verify", "refs/heads/\(branch)"])
            else {
                return .answer(400, #"{"message":{"source_branch":["does not exist"]}}"#)
            }
            return state.withLock { state in
                guard !state.requests.contains(where: { $0.branch == branch }) else {
                    return .answer(
                        409,
                        #"{"message":["Another open merge request already exists for this source branch: !1"]}"#
                    )
                }
                let made = MergeRequest(
                    iid: state.requests.count + 1, title: body["title"] as? String ?? "",
                    description: body["description"] as? String ?? "", branch: branch,
                    target: body["target_branch"] as? String ?? "", sha: sha)
                state.requests.append(made)
                return Self.json(201, document(made))
            }
        case ("PUT", 2):
            return state.withLock { state in
                guard let index = state.requests.firstIndex(where: { $0.iid == number }) else {
                    return .answer(404, #"{"message":"404 Not found"}"#)
                }
                if let labels = body["add_labels"] as? String {
                    state.requests[index].labels += labels.split(separator: ",").map(String.init)
                }
                if let people = body["reviewer_ids"] as? [Int] {
                    state.requests[index].reviewers = people
                }
                return Self.json(200, document(state.requests[index]))
            }
        case ("GET", 3) where route[2] == "notes":
            let notes = state.withLock { $0.notes }.enumerated().map { index, note in
                [
                    "id": 300 + index, "body": note.body, "system": false,
                    "author": Self.person(note.author),
                ] as [String: Any]
            }
            return Self.json(200, notes)
        default: return Self.missing
        }
    }

    private func document(_ request: MergeRequest) -> [String: Any] {
        [
            "id": request.iid, "iid": request.iid, "title": request.title,
            "description": request.description, "state": request.state, "sha": request.sha,
            "source_branch": request.branch, "target_branch": request.target,
            "source_project_id": 1, "target_project_id": 1, "author": Self.person(9),
            "draft": request.title.hasPrefix("Draft: "), "labels": request.labels,
            "web_url": "https://gitlab.com/\(project)/-/merge_requests/\(request.iid)",
            "merge_commit_sha": request.mergeCommit as Any? ?? NSNull(),
            "squash_commit_sha": NSNull(), "reviewers": request.reviewers.map(Self.person),
        ]
    }

    private func document(
        _ issue: (iid: Int, title: String, description: String)
    ) -> [String: Any] {
        [
            "id": issue.iid, "iid": issue.iid, "title": issue.title,
            "description": issue.description, "state": "opened",
            "web_url": "https://gitlab.com/\(project)/-/issues/\(issue.iid)",
        ]
    }

    private func member(_ id: Int) -> [String: Any] {
        var document = Self.person(id)
        document["access_level"] = state.withLock { $0.members[id] } ?? 0
        return document
    }

    private static func person(_ id: Int) -> [String: Any] {
        ["id": id, "username": "person\(id)", "name": "Person \(id)"]
    }

    private static func json(_ status: Int, _ value: Any) -> Script {
        .answer(status, JSONDocuments.text(value))
    }
}
