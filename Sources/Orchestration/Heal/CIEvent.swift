internal import Forges
internal import Foundation

/// A webhook's body that says that something is red, or that a pull request was merged: GitHub's
/// `deployment_status`, `workflow_run`, `check_suite` and `pull_request`
/// (https://docs.github.com/webhooks/webhook-events-and-payloads), GitLab's `pipeline`,
/// `deployment` and `merge_request`
/// (https://docs.gitlab.com/user/project/integrations/webhook_events).
package struct CIEvent: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        case deploymentStatus, workflowRun, checkSuite, pipeline, merged
    }

    package var kind: Kind
    package var isRed: Bool
    /// Whether there is anything to do: red, or merged, where the same tests run again.
    package var isWorthLooking: Bool { isRed && !isOfOwnBranch || kind == .merged }
    /// Whether it is about a branch of Drydock's own: a repair that turned red is its human's to
    /// judge, and never a reason for another repair.
    package var isOfOwnBranch: Bool { branch?.hasPrefix(BranchName.prefix) ?? false }
    /// The commit that it is about.
    package var commit: String
    /// The run whose jobs failed, as its forge numbers it; `nil` where the event names none.
    package var run: String?
    /// The branch that the commit is on; `nil` where the event names none.
    package var branch: String?
    /// Whether the commit is of a fork, which nobody with write access may have seen.
    package var isOfFork = false

    /// Which field is missing, or not what it should be.
    private static func text(_ error: any Error) -> String {
        let (context, key): (DecodingError.Context, (any CodingKey)?)
        switch error {
        case DecodingError.keyNotFound(let missing, let found): (context, key) = (found, missing)
        case DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found):
            (context, key) = (found, nil)
        default: return "it cannot be read"
        }
        let path = (context.codingPath + [key].compactMap(\.self)).map(\.stringValue)
        return path.isEmpty
            ? "it is no JSON object"
            : "\(path.joined(separator: ".")) is \(key == nil ? "not of its type" : "missing")"
    }

    /// - Throws: `CIEventError` for another event, or one without its required fields.
    package init(json: [UInt8]) throws(CIEventError) {
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(json))
        } catch DecodingError.dataCorrupted {
            throw CIEventError(reason: "it is no JSON: pass the event as it was delivered")
        } catch {
            throw CIEventError(reason: "it is no event that Drydock knows: \(Self.text(error))")
        }
        if let status = body.deploymentStatus, let deployment = body.deployment {
            self.init(
                .deploymentStatus, red: ["failure", "error"].contains(status.state ?? ""),
                commit: deployment.sha)
            branch = deployment.ref
        } else if let run = body.workflowRun {
            self.init(.workflowRun, red: Self.isRed(run.conclusion), commit: run.headSHA)
            self.run = run.id.map(String.init)
            branch = run.headBranch
            if let head = run.headRepository?.fullName, let own = body.repository?.fullName {
                isOfFork = head != own
            }
        } else if let suite = body.checkSuite {
            self.init(.checkSuite, red: Self.isRed(suite.conclusion), commit: suite.headSHA)
            branch = suite.headBranch
        } else if let pull = body.pullRequest, pull.merged == true {
            self.init(.merged, red: false, commit: pull.mergeCommit)
        } else if let known = Self(gitlab: body) {
            self = known
        } else {
            throw CIEventError(
                reason: "it has no deployment_status, workflow_run, check_suite, merged "
                    + "pull_request, pipeline, deployment or merge_request")
        }
        guard commit.utf8.count == 40, commit.allSatisfy(\.isHexDigit) else {
            throw CIEventError(reason: "`\(commit.prefix(60))` is no commit id")
        }
        if let name = branch, !Self.isBranchName(name) { branch = nil }
    }

    /// Names that git takes, and that mean nothing else to anybody.
    private static func isBranchName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix("-") && !name.hasPrefix("/")
            && !name.contains("..") && !name.hasSuffix(".lock")
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
    }

    private init(_ kind: Kind, red: Bool, commit: String?) {
        self.kind = kind
        isRed = red
        self.commit = commit ?? ""
    }

    private init?(gitlab body: Body) {
        switch (body.objectKind, body.objectAttributes) {
        case ("pipeline", let pipeline?):
            self.init(.pipeline, red: pipeline.status == "failed", commit: pipeline.sha)
            run = pipeline.id.map(String.init)
            branch = pipeline.ref
        case ("merge_request", let request?) where request.state == "merged":
            self.init(
                .merged, red: false, commit: request.mergeCommit ?? request.lastCommit?.id)
        case ("deployment", _):
            // The whole id stands only in the commit's address.
            self.init(
                .deploymentStatus, red: body.status == "failed",
                commit: body.commitURL?.split(separator: "/").last.map(String.init))
        default: return nil
        }
    }

    private static func isRed(_ conclusion: String?) -> Bool {
        ["failure", "timed_out", "startup_failure"].contains(conclusion ?? "")
    }

    private struct Body: Decodable {
        struct Status: Decodable { var state: String? }
        struct Deployment: Decodable {
            var sha: String?
            var ref: String?
        }
        struct Repository: Decodable {
            var fullName: String?
            enum CodingKeys: String, CodingKey { case fullName = "full_name" }
        }
        struct Run: Decodable {
            var id: Int?
            var conclusion: String?
            var headSHA: String?
            var headBranch: String?
            var headRepository: Repository?
            enum CodingKeys: String, CodingKey {
                case id, conclusion
                case headSHA = "head_sha"
                case headBranch = "head_branch"
                case headRepository = "head_repository"
            }
        }
        var deploymentStatus: Status?
        var deployment: Deployment?
        var workflowRun: Run?
        var checkSuite: Run?
        var pullRequest: PullRequest?
        var repository: Repository?
        var objectKind: String?
        var objectAttributes: Attributes?
        var status: String?
        var commitURL: String?

        struct PullRequest: Decodable {
            var merged: Bool?
            var mergeCommit: String?
            enum CodingKeys: String, CodingKey {
                case merged
                case mergeCommit = "merge_commit_sha"
            }
        }
        /// Of a GitLab pipeline or merge request.
        struct Attributes: Decodable {
            struct LastCommit: Decodable { var id: String? }
            var id: Int?
            var status: String?
            var state: String?
            var sha: String?
            var ref: String?
            var mergeCommit: String?
            var lastCommit: LastCommit?
            enum CodingKeys: String, CodingKey {
                case id, status, state, sha, ref
                case mergeCommit = "merge_commit_sha"
                case lastCommit = "last_commit"
            }
        }
        enum CodingKeys: String, CodingKey {
            case deploymentStatus = "deployment_status"
            case deployment
            case workflowRun = "workflow_run"
            case checkSuite = "check_suite"
            case pullRequest = "pull_request"
            case repository
            case objectKind = "object_kind"
            case objectAttributes = "object_attributes"
            case status
            case commitURL = "commit_url"
        }
    }
}

package struct CIEventError: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String

    package var description: String {
        "the event cannot be used: \(reason). Give the webhook's body as it came"
    }
}
