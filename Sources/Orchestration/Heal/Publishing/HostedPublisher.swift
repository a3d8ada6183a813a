package import Forges
internal import Foundation
package import GitWorktrees
package import RunModel

/// Publishes to a server: git speaks its protocol here, the forge's process carries it there.
package struct HostedPublisher: BranchPublisher {
    /// A server's interface may learn of a push a moment after git does.
    private static let readBackTries = 5

    private let repository: GitRepository
    private let forge: any HostedForge
    private let exchange: GitServiceExchange
    private let identity: @Sendable () -> CommitIdentity

    /// - Parameter exchange: blocks until the forge has answered.
    package init(
        repository: GitRepository, forge: any HostedForge, exchange: @escaping GitServiceExchange,
        identity: @escaping @Sendable () -> CommitIdentity
    ) {
        self.repository = repository
        self.forge = forge
        self.exchange = exchange
        self.identity = identity
    }

    package func publish(
        tree: String, parent: String, branch: String, message: String, to remote: String
    ) async throws -> String {
        let branch = try BranchName(branch).description
        if let there = try await forge.branch(branch) {
            guard there.tree == tree else {
                throw ForgeError(
                    operation: "pushing", subject: branch,
                    reason: "the forge has this branch with another tree, \(there.tree)",
                    remedy: "Delete it there if nobody needs it; Drydock never forces")
            }
            return there.commit
        }
        return try await withScratch { scratch in
            try await repository.publish(
                tree: tree, parent: parent, branch: branch, message: message, by: identity(),
                to: .exchange(url: remote, exchange), scratch: scratch)
        }
    }

    package func published(
        branch: String, at remote: String
    ) async throws -> PublishedBranch? {
        for attempt in 1...Self.readBackTries {
            if let there = try await forge.branch(try BranchName(branch).description) {
                return there
            }
            if attempt < Self.readBackTries { try await Task.sleep(for: .milliseconds(400)) }
        }
        return nil
    }

    package func tip(ofBranch branch: String, known: String, at remote: String) async throws
        -> String?
    {
        guard let there = try await forge.branch(branch) else { return nil }
        if (try? await repository.resolve(there.commit)) != nil { return there.commit }
        return try await withScratch { scratch in
            try await repository.fetch(
                branch: branch, known: known, from: .exchange(url: remote, exchange),
                scratch: scratch)
        }
    }

    /// What git itself refuses is the forge's refusal to whoever asked.
    private func withScratch(
        _ body: (String) async throws -> String
    ) async throws -> String {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "drydock-exchange-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        do {
            return try await body(scratch)
        } catch let error as GitError {
            throw ForgeError(
                operation: error.operation, subject: error.subject, reason: error.reason,
                remedy: error.remedy)
        }
    }
}
