/// The parts of GitLab's documents that are used; everything else in them is ignored.
enum GitLabDocuments {
    struct Project: Decodable {
        var defaultBranch: String?
        enum CodingKeys: String, CodingKey { case defaultBranch = "default_branch" }
    }

    struct Person: Decodable {
        var id: Int
        var username: String
    }

    struct MergeRequest: Decodable {
        var iid: Int
        var webURL: String
        var state: String
        var sha: String?
        var sourceBranch: String
        var sourceProject: Int
        var targetProject: Int
        var author: Person?
        var mergeCommitSHA: String?
        var squashCommitSHA: String?

        enum CodingKeys: String, CodingKey {
            case iid, state, sha, author
            case webURL = "web_url"
            case sourceBranch = "source_branch"
            case sourceProject = "source_project_id"
            case targetProject = "target_project_id"
            case mergeCommitSHA = "merge_commit_sha"
            case squashCommitSHA = "squash_commit_sha"
        }
    }

    struct NewMergeRequest: Encodable {
        var sourceBranch: String
        var targetBranch: String
        /// Begins with `Draft: `, which is what makes it one.
        var title: String
        var description: String
        var removeSourceBranch: Bool

        enum CodingKeys: String, CodingKey {
            case title, description
            case sourceBranch = "source_branch"
            case targetBranch = "target_branch"
            case removeSourceBranch = "remove_source_branch"
        }
    }

    struct Issue: Decodable {
        var iid: Int
        var webURL: String
        var description: String?

        enum CodingKeys: String, CodingKey {
            case iid, description
            case webURL = "web_url"
        }
    }

    struct NewIssue: Encodable {
        var title: String
        var description: String
        /// Separated by commas.
        var labels: String
    }

    struct Branch: Decodable {
        struct Tip: Decodable { var id: String }
        var commit: Tip
    }

    struct NewCommit: Encodable {
        struct Action: Encodable {
            /// `create`, `update`, `delete` or `chmod`.
            var action: String
            var path: String
            /// In base64.
            var content: String?
            var encoding: String?
            var isProgram: Bool?

            init(action: String, path: String, content: String? = nil, isProgram: Bool? = nil) {
                self.action = action
                self.path = path
                self.content = content
                encoding = content.map { _ in "base64" }
                self.isProgram = isProgram
            }

            enum CodingKeys: String, CodingKey {
                case action, content, encoding
                case path = "file_path"
                case isProgram = "execute_filemode"
            }
        }

        /// A new one, which begins at `startSHA`.
        var branch: String
        var startSHA: String
        var message: String
        var actions: [Action]

        enum CodingKeys: String, CodingKey {
            case branch, actions
            case startSHA = "start_sha"
            case message = "commit_message"
        }
    }

    struct TreeEntry: Decodable {
        var id: String
        var name: String
        /// Six octal digits.
        var mode: String
    }

    struct Commit: Decodable {
        var authorEmail: String
        enum CodingKeys: String, CodingKey { case authorEmail = "author_email" }
    }

    struct Member: Decodable {
        var id: Int
        var accessLevel: Int?

        enum CodingKeys: String, CodingKey {
            case id
            case accessLevel = "access_level"
        }
    }

    struct Status: Encodable {
        var state: String
        var name: String
        var ref: String
        var targetURL: String
        var description: String

        enum CodingKeys: String, CodingKey {
            case state, name, ref, description
            case targetURL = "target_url"
        }
    }

    struct Job: Decodable { var id: Int }

    struct Note: Decodable {
        var id: Int
        var body: String
        var author: Person
        var system: Bool
    }
}
