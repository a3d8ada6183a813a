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
            return try there.commit(holding: tree, on: branch)
        }
        do {
            return try await withScratch { scratch in
                try await repository.publish(
                    tree: tree, parent: parent, branch: branch, message: message, by: identity(),
                    to: .exchange(url: remote, exchange), scratch: scratch)
            }
        } catch let error as ForgeError where Self.isGitsOwn(error) {
            // Some networks let the interface through and git's protocol not.
            guard
                let content = try? await content(
                    tree: tree, parent: parent, branch: branch, message: message),
                let commit = try await forge.write(content)
            else { throw error }
            return commit
        }
    }

    /// Whether it may be that only git's way is closed. A refusal is one, whichever way is asked.
    private static func isGitsOwn(_ error: ForgeError) -> Bool {
        [.unreachable, .malformed, .notFound].contains(error.kind)
    }

    /// The change as files, for a forge that makes the objects itself.
    private func content(
        tree: String, parent: String, branch: String, message: String
    ) async throws -> BranchContent? {
        let parentTree = try await repository.tree(ofCommit: parent)
        var files: [BranchContent.File] = []
        var left = BranchContent.bytesMax
        for difference in try await repository.difference(from: parentTree, to: tree) {
            let old = difference.kind == .copied ? nil : difference.old
            if let old, old.path != difference.new?.path {
                files.append(
                    .init(
                        path: old.path, mode: Self.mode(old), oldMode: Self.mode(old), content: nil)
                )
            }
            guard let new = difference.new else { continue }
            let bytes = try await repository.blob(new.blob, byteLimit: left)
            left -= bytes.count
            files.append(
                .init(
                    path: new.path, mode: Self.mode(new),
                    oldMode: old?.path == new.path ? old.map(Self.mode) : nil, content: Data(bytes))
            )
        }
        return BranchContent(
            branch: branch, parent: parent, parentTree: parentTree, message: message, files: files,
            tree: tree)
    }

    private static func mode(_ file: TreeFile) -> String {
        let digits = String(file.mode, radix: 8)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
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
        do { return try await body(scratch) } catch let error as GitError {
            throw ForgeError(error)
        }
    }
}

extension ForgeError {
    /// What git itself refuses is the forge's refusal to whoever asked.
    init(_ error: GitError) {
        self.init(
            operation: error.operation, subject: error.subject, reason: error.reason,
            remedy: error.remedy)
    }
}

extension PublishedBranch {
    /// The commit of a branch that is there already.
    ///
    /// - Throws: `ForgeError` where it does not hold what was verified.
    func commit(holding verified: String, on branch: String) throws(ForgeError) -> String {
        guard tree == verified else {
            throw ForgeError(
                operation: "pushing", subject: branch,
                reason: "the remote has this branch with another tree, \(tree)",
                remedy: "Delete it there if nobody needs it; Drydock never forces")
        }
        return commit
    }
}
