package import Forges
internal import Foundation
package import GitWorktrees
internal import RunModel

/// Publishes through libgit2: a commit in the quarantine, one branch, no force.
package struct GitPublisher: BranchPublisher {
    private let repository: GitRepository
    private let identity: @Sendable () -> CommitIdentity

    package init(
        repository: GitRepository, identity: @escaping @Sendable () -> CommitIdentity
    ) {
        self.repository = repository
        self.identity = identity
    }

    package func publish(
        tree: String, parent: String, branch: String, message: String, to remote: String
    ) async throws -> String {
        let branch = try BranchName(branch).description
        if let there = try await published(branch: branch, at: remote) {
            return try there.commit(holding: tree, on: branch)
        }
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "drydock-push-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try await repository.publish(
            tree: tree, parent: parent, branch: branch, message: message, by: identity(),
            to: .path(remote), scratch: scratch)
    }

    package func published(
        branch: String, at remote: String
    ) async throws -> PublishedBranch? {
        let there = try GitRepository(at: remote)
        let commit: String
        do {
            commit = try await there.resolve("refs/heads/\(try BranchName(branch))")
        } catch let error as GitError
            where [.revisionNotFound, .objectNotFound, .noCommitYet].contains(error.code)
        {
            return nil
        }
        return PublishedBranch(commit: commit, tree: try await there.tree(ofCommit: commit))
    }
}
