internal import Foundation

/// A branch through GitHub's git database (https://docs.github.com/rest/git), for places where its
/// interface can be reached and git's protocol cannot.
extension GitHubForge {
    /// Makes one new branch of Drydock's own; nothing is updated or forced. What GitHub makes of the
    /// files must be the verified tree, else no branch comes of it.
    package func write(_ content: BranchContent) async throws -> String? {
        let branch = try BranchName(content.branch).description
        let operation = "writing the branch \(branch)"
        if let there = try await self.branch(branch) {
            guard there.tree == content.tree else {
                throw ForgeError(
                    operation: operation, subject: address.repository,
                    reason: "it is there with another tree, \(there.tree)",
                    remedy: "Delete it there if nobody needs it; Drydock never forces")
            }
            return there.commit
        }
        var entries: [GitHubDocuments.NewTree.Entry] = []
        for file in content.files {
            guard ["100644", "100755", "120000"].contains(file.mode) else {
                throw ForgeError(
                    operation: operation, subject: file.path,
                    reason: "GitHub's interface writes no entry of mode \(file.mode)")
            }
            var blob: String?
            if let bytes = file.content {
                blob = try await made(
                    "/git/blobs",
                    GitHubDocuments.NewBlob(content: bytes.base64EncodedString()), operation)
            }
            entries.append(.init(path: file.path, mode: file.mode, sha: blob))
        }
        let tree = try await made(
            "/git/trees",
            GitHubDocuments.NewTree(baseTree: content.parentTree, tree: entries), operation)
        guard tree == content.tree else {
            throw ForgeError(
                .malformed, operation: operation, subject: address.repository,
                reason: "GitHub made the tree \(tree) of it, not \(content.tree)",
                remedy: "Nothing was opened, and no branch was made")
        }
        let commit = try await made(
            "/git/commits",
            GitHubDocuments.NewCommit(
                message: content.message, tree: tree, parents: [content.parent]), operation)
        do {
            _ = try await rest.call(
                "POST", root + "/git/refs",
                json: GitHubDocuments.NewReference(ref: "refs/heads/\(branch)", sha: commit),
                operation: operation)
        } catch let error as ForgeError where error.kind == .unreachable || error.kind == .refused {
            // The answer was lost, or another process was faster.
            guard let there = try? await self.branch(branch), there.tree == content.tree else {
                throw error
            }
            return there.commit
        }
        return commit
    }

    /// Objects are named by what they hold: making one twice does no harm.
    private func made(
        _ path: String, _ json: some Encodable, _ operation: String
    ) async throws -> String {
        let answer = try await rest.call(
            "POST", root + path, json: json, isRepeatable: true, operation: operation)
        return try rest.decode(GitHubDocuments.Made.self, answer, operation: operation).sha
    }
}
