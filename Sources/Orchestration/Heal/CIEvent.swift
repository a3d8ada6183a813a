internal import Foundation

/// A webhook's body that says that something is red: `deployment_status`, `workflow_run` or
/// `check_suite` (https://docs.github.com/webhooks/webhook-events-and-payloads).
package struct CIEvent: Sendable, Equatable {
    package enum Kind: String, Sendable { case deploymentStatus, workflowRun, checkSuite }

    package var kind: Kind
    package var isRed: Bool
    /// The commit that it is about.
    package var commit: String

    /// - Throws: `CIEventError` for another event, or one without its required fields.
    package init(json: [UInt8]) throws(CIEventError) {
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(json))
        } catch {
            throw CIEventError(reason: "it is no event that Drydock knows: \(error)")
        }
        if let status = body.deploymentStatus, let deployment = body.deployment {
            self.init(
                .deploymentStatus, red: ["failure", "error"].contains(status.state ?? ""),
                commit: deployment.sha)
        } else if let run = body.workflowRun {
            self.init(.workflowRun, red: Self.isRed(run.conclusion), commit: run.headSHA)
        } else if let suite = body.checkSuite {
            self.init(.checkSuite, red: Self.isRed(suite.conclusion), commit: suite.headSHA)
        } else {
            throw CIEventError(reason: "it has no deployment_status, workflow_run or check_suite")
        }
        guard commit.utf8.count == 40, commit.allSatisfy(\.isHexDigit) else {
            throw CIEventError(reason: "`\(commit.prefix(60))` is no commit id")
        }
    }

    private init(_ kind: Kind, red: Bool, commit: String?) {
        self.kind = kind
        isRed = red
        self.commit = commit ?? ""
    }

    private static func isRed(_ conclusion: String?) -> Bool {
        ["failure", "timed_out", "startup_failure"].contains(conclusion ?? "")
    }

    private struct Body: Decodable {
        struct Status: Decodable { var state: String? }
        struct Deployment: Decodable { var sha: String? }
        struct Run: Decodable {
            var conclusion: String?
            var headSHA: String?
            enum CodingKeys: String, CodingKey {
                case conclusion
                case headSHA = "head_sha"
            }
        }
        var deploymentStatus: Status?
        var deployment: Deployment?
        var workflowRun: Run?
        var checkSuite: Run?
        enum CodingKeys: String, CodingKey {
            case deploymentStatus = "deployment_status"
            case deployment
            case workflowRun = "workflow_run"
            case checkSuite = "check_suite"
        }
    }
}

package struct CIEventError: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String

    package var description: String {
        "the event cannot be used: \(reason). Give the webhook's body as it came"
    }
}
