internal import Foundation

/// A branch through GitHub's git database (https://docs.github.com/rest/git), for places where its
/// interface can be reached and git's protocol cannot.
extension GitHubForge {
    /// Makes one new branch of Drydock's own; nothing is updated or forced. What GitHub makes of the
    /// files must be the verified tree, else no branch comes of it.
    package func write(_ content: BranchContent) async throws -> String? {
        let branch = try BranchName(content.branch).description
        let operation = "writing the branch \(branch)"
        return try await made(content, operation) {
            let commit = try await commit(content, operation)
            _ = try await rest.call(
                "POST", root + "/git/refs",
                json: GitHubDocuments.NewReference(ref: "refs/heads/\(branch)", sha: commit),
                operation: operation)
            return commit
        }
    }

    /// The commit, which no branch names yet.
    private func commit(_ content: BranchContent, _ operation: String) async throws -> String {
        var entries: [GitHubDocuments.NewTree.Entry] = []
        for file in content.files {
            guard ["100644", "100755", "120000"].contains(file.mode) else {
                throw ForgeError(
                    operation: operation, subject: file.path,
                    reason: "GitHub's interface writes no entry of mode \(file.mode)")
            }
            var blob: String?
            if let bytes = file.content {
                blob = try await object(
                    "/git/blobs",
                    GitHubDocuments.NewBlob(content: bytes.base64EncodedString()), operation)
            }
            entries.append(.init(path: file.path, mode: file.mode, sha: blob))
        }
        let tree = try await object(
            "/git/trees",
            GitHubDocuments.NewTree(baseTree: content.parentTree, tree: entries), operation)
        guard tree == content.tree else {
            throw ForgeError(
                .malformed, operation: operation, subject: address.repository,
                reason: "GitHub made the tree \(tree) of it, not \(content.tree)",
                remedy: "Nothing was opened, and no branch was made")
        }
        return try await object(
            "/git/commits",
            GitHubDocuments.NewCommit(
                message: content.message, tree: tree, parents: [content.parent]), operation)
    }

    /// Objects are named by what they hold: making one twice does no harm.
    private func object(
        _ path: String, _ json: some Encodable, _ operation: String
    ) async throws -> String {
        let answer = try await rest.call(
            "POST", root + path, json: json, isRepeatable: true, operation: operation)
        return try rest.decode(GitHubDocuments.Made.self, answer, operation: operation).sha
    }
}
