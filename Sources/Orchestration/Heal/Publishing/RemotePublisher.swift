package import Forges
package import GitWorktrees

/// Publishes to a repository's own remote, over HTTPS or SSH, through the process that holds its
/// credential.
package struct RemotePublisher: BranchPublisher {
    private let repository: GitRepository
    private let remote: RemoteProcess
    private let identity: @Sendable () -> CommitIdentity

    package init(
        repository: GitRepository, remote: RemoteProcess,
        identity: @escaping @Sendable () -> CommitIdentity
    ) {
        self.repository = repository
        self.remote = remote
        self.identity = identity
    }

    package func publish(
        tree: String, parent: String, branch: String, message: String, to url: String
    ) async throws -> String {
        let branch = try BranchName(branch).description
        if let there = try await published(branch: branch, at: url) {
            return try there.commit(holding: tree, on: branch)
        }
        let identity = identity()
        return try await remote.publish(
            RemoteProposal(
                tree: tree, parent: parent, branch: branch, message: message,
                author: identity.name, email: identity.email, timeSeconds: identity.timeSeconds))
    }

    package func published(
        branch: String, at url: String
    ) async throws -> PublishedBranch? {
        let branch = try BranchName(branch).description
        let known = try await repository.resolve("HEAD")
        guard let commit = try await tip(ofBranch: branch, known: known, at: url) else {
            return nil
        }
        return PublishedBranch(commit: commit, tree: try await repository.tree(ofCommit: commit))
    }

    package func tip(
        ofBranch branch: String, known: String, at url: String
    ) async throws -> String? {
        guard let commit = try await remote.references(of: [branch]).commits[branch] else {
            return nil
        }
        if (try? await repository.resolve(commit)) != nil { return commit }
        return try await remote.fetch(branch: branch, known: known)
    }
}
