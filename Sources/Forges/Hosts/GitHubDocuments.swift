/// The parts of GitHub's documents that are used; everything else in them is ignored.
enum GitHubDocuments {
    struct Repository: Decodable {
        var defaultBranch: String
        enum CodingKeys: String, CodingKey { case defaultBranch = "default_branch" }
    }

    struct RepositoryName: Decodable {
        var fullName: String
        enum CodingKeys: String, CodingKey { case fullName = "full_name" }
    }

    struct User: Decodable { var login: String }

    struct PullRequest: Decodable {
        struct Side: Decodable {
            var ref: String
            var sha: String
            /// A fork that was deleted has none.
            var repo: RepositoryName?
        }

        var number: Int
        var state: String
        var htmlURL: String
        var head: Side
        var user: User?
        var mergedAt: String?
        var mergeCommitSHA: String?

        enum CodingKeys: String, CodingKey {
            case number, state, head, user
            case htmlURL = "html_url"
            case mergedAt = "merged_at"
            case mergeCommitSHA = "merge_commit_sha"
        }
    }

    struct NewPullRequest: Encodable {
        var title: String
        var head: String
        var base: String
        var body: String
        var draft: Bool
        var maintainerCanModify: Bool

        enum CodingKeys: String, CodingKey {
            case title, head, base, body, draft
            case maintainerCanModify = "maintainer_can_modify"
        }
    }

    struct NewBlob: Encodable {
        var content: String
        var encoding = "base64"
    }

    struct NewTree: Encodable {
        struct Entry: Encodable {
            var path: String
            var mode: String
            var type = "blob"
            /// `null` removes the path, so it is written even where there is none.
            var sha: String?

            enum CodingKeys: String, CodingKey { case path, mode, type, sha }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(path, forKey: .path)
                try container.encode(mode, forKey: .mode)
                try container.encode(type, forKey: .type)
                try container.encode(sha, forKey: .sha)
            }
        }
        var baseTree: String
        var tree: [Entry]

        enum CodingKeys: String, CodingKey {
            case baseTree = "base_tree"
            case tree
        }
    }

    struct NewCommit: Encodable {
        var message: String
        var tree: String
        var parents: [String]
    }

    struct NewReference: Encodable {
        var ref: String
        var sha: String
    }

    /// A blob, a tree or a commit that was made.
    struct Made: Decodable { var sha: String }

    struct Issue: Decodable {
        /// There only where the issue is a pull request.
        struct Link: Decodable {}

        var number: Int
        var htmlURL: String
        var body: String?
        var pullRequest: Link?

        enum CodingKeys: String, CodingKey {
            case number, body
            case htmlURL = "html_url"
            case pullRequest = "pull_request"
        }
    }

    struct NewIssue: Encodable {
        var title: String
        var body: String
        var labels: [String]
    }

    struct Reference: Decodable {
        struct Object: Decodable { var sha: String }
        var ref: String
        var object: Object
    }

    struct GitCommit: Decodable {
        struct Tree: Decodable { var sha: String }
        var sha: String
        var tree: Tree
    }

    /// The author's account, where the address of the commit belongs to one.
    struct Commit: Decodable {
        var sha: String
        var author: Account?
        struct Account: Decodable { var login: String? }
    }

    struct Comment: Decodable {
        var id: Int
        var body: String?
        var user: User?
    }

    struct Permission: Decodable { var permission: String }
    struct Numbered: Decodable { var id: Int }

    struct Annotation: Encodable {
        var path: String
        var startLine: Int
        var endLine: Int
        var level: String
        var message: String

        init(_ annotation: PullRequestAnnouncement.Annotation) {
            path = annotation.path
            startLine = annotation.line
            endLine = annotation.line
            level = annotation.isFailure ? "failure" : "warning"
            message = PlainText.line(annotation.message, limit: 2_000)
        }

        enum CodingKeys: String, CodingKey {
            case path, message
            case startLine = "start_line"
            case endLine = "end_line"
            case level = "annotation_level"
        }
    }

    struct CheckRun: Encodable {
        struct Output: Encodable {
            var title: String
            var summary: String
            var annotations: [Annotation]
        }

        var name: String
        var headSHA: String
        var status: String
        var conclusion: String
        var detailsURL: String
        var output: Output

        enum CodingKeys: String, CodingKey {
            case name, status, conclusion, output
            case headSHA = "head_sha"
            case detailsURL = "details_url"
        }
    }

    struct Status: Encodable {
        var state: String
        var targetURL: String
        var description: String
        var context: String

        enum CodingKeys: String, CodingKey {
            case state, description, context
            case targetURL = "target_url"
        }
    }

    struct SARIFUpload: Encodable {
        var commitSHA: String
        var ref: String
        var sarif: String
        var toolName: String

        enum CodingKeys: String, CodingKey {
            case ref, sarif
            case commitSHA = "commit_sha"
            case toolName = "tool_name"
        }
    }

    struct SARIFReceipt: Decodable { var id: String }

    struct SARIFState: Decodable {
        var processingStatus: String?
        var errors: [String]?

        enum CodingKeys: String, CodingKey {
            case errors
            case processingStatus = "processing_status"
        }
    }

    struct Jobs: Decodable {
        var jobs: [Job]
    }

    struct Job: Decodable {
        var id: Int
        var conclusion: String?
        var isFailed: Bool { ["failure", "timed_out"].contains(conclusion ?? "") }
    }
}
