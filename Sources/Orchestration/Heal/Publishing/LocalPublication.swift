package import Forges
internal import Foundation
package import GitWorktrees
package import PolicyFiles
internal import RunModel

/// Where a verified change goes without a hosted forge: a Markdown file here, and a branch, in a bare
/// repository beside it or at the remote that the operator named for the repository.
package struct LocalPublication: Sendable {
    package let forge: LocalForge
    package let publisher: any BranchPublisher

    /// - Parameters:
    ///   - directory: where the forge's files are.
    ///   - defaultBranch: of the repository.
    package init(
        directory: String, defaultBranch: String, repository: GitRepository,
        remote: RemoteProcess?
    ) throws {
        forge = LocalForge(
            directory: directory, defaultBranch: defaultBranch, remote: remote?.url)
        if let remote {
            publisher = RemotePublisher(
                repository: repository, remote: remote, identity: CommitIdentity.drydock)
        } else {
            try GitRepository.makeBare(at: forge.remote)
            publisher = GitPublisher(repository: repository, identity: CommitIdentity.drydock)
        }
    }
}

extension ExecutionHost {
    /// The remote that the operator named for a repository; `nil` where none is named.
    ///
    /// - Parameter root: of the repository, in full.
    package func remote(
        of root: String, in configuration: OperatorConfiguration
    ) throws -> RemoteProcess? {
        guard let section = configuration.remote(of: root) else { return nil }
        guard let place = try quarantine(of: root) else {
            throw PortError(
                operation: "pushing to the remote", subject: root,
                reason: "it is no repository of this user's", remedy: "Run as its owner")
        }
        return try RemoteProcess(section, quarantine: place)
    }
}

extension CommitIdentity {
    /// Drydock itself, now.
    package static let drydock: @Sendable () -> CommitIdentity = {
        CommitIdentity(
            name: "Drydock", email: "drydock@localhost",
            timeSeconds: Int64(Date().timeIntervalSince1970))
    }
}
