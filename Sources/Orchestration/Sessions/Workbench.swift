internal import Foundation
package import GitWorktrees
internal import LinuxKernel
package import RunModel
internal import Sandboxing
internal import Synchronization
internal import WorktreeLookup

/// Worktrees that outlive a run, and what can be done in them: the work behind `drydock mcp` and
/// the service's sessions.
///
/// Whatever reads or changes a session's files runs in a sandbox over it: names and links in a
/// worktree are the workload's.
package struct Workbench: Sendable {
    package let host: ExecutionHost
    let sessions: SessionStore
    package let operatorFiles: OperatorFiles
    let turns = SessionTurns()

    /// Sandboxes are waited for on threads that may block.
    static let threads = DispatchQueue(
        label: "drydock.workbench", qos: .userInitiated, attributes: .concurrent)

    /// - Parameter directory: where sessions are kept.
    package init(
        host: ExecutionHost, directory: StateDirectory, operatorFiles: OperatorFiles
    ) throws {
        self.host = host
        self.operatorFiles = operatorFiles
        sessions = try SessionStore(root: directory.path)
    }

    /// Opens a session on a revision of a repository.
    ///
    /// - Parameter path: any path inside the repository.
    /// - Returns: its id, and the tree that it stands on.
    package func open(
        repository path: String, revision: String
    ) async throws -> (id: String, base: String) {
        guard let locator = RepositoryLocator(at: path) else {
            throw PortError(
                operation: "opening", subject: path, reason: "it is not in a git repository",
                remedy: "Name any path inside one")
        }
        let repository = try host.repository(at: path)
        let base = try await repository.tree(named: revision)
        let id = try sessions.create(
            SessionState(
                base: base, repository: locator.commonDirectory, kind: .userOverlay))
        return (id, base)
    }

    package func sessionIDs() throws -> [String] { try sessions.sessions() }

    /// How many snapshots there are to roll back to.
    package func snapshotCount(of session: String) throws -> Int {
        try sessions.state(of: session).snapshots.count
    }

    /// What the session's changes take on disk; a layer that forks share counts for each.
    package func bytes(of session: String) async throws -> Int {
        let paths = try sessions.changedLayers(of: session).compactMap { layer in
            if case .path(let path) = layer { path } else { nil }
        }
        return await withCheckedContinuation { continuation in
            Self.threads.async {
                continuation.resume(returning: paths.reduce(0) { $0 + DirectorySize.bytes(of: $1) })
            }
        }
    }

    /// What the session stands on.
    package func state(of session: String) throws -> SessionState {
        try sessions.state(of: session)
    }

    /// What runs in the session stands still for as long as it takes; where the host cannot do that,
    /// its end is waited for.
    package func makeForks(of session: String, count: Int) async throws -> [String] {
        if let control = turns.control(of: session) {
            let state = try sessions.state(of: session)
            let standing = try await lowers(state.base, try host.repository(at: state.repository))
            let forks: [String]? = try await withCheckedThrowingContinuation { continuation in
                Self.threads.async {
                    continuation.resume(
                        with: Result {
                            try control.whileFrozen {
                                try sessions.copyForks(
                                    of: session, count: count, over: standing)
                            }
                        })
                }
            }
            if let forks { return forks }
        }
        return try await turns.take(session) { try sessions.makeForks(of: session, count: count) }
    }

    /// - Returns: the snapshot's number, for `rollBack`.
    package func snapshot(_ session: String) async throws -> Int {
        try await turns.take(session) { try sessions.snapshot(session) }
    }

    package func rollBack(_ session: String, to snapshot: Int) async throws {
        try await turns.take(session) { try sessions.rollBack(session, to: snapshot) }
    }

    package func close(_ session: String) async throws {
        try await turns.take(session) { try sessions.remove(session) }
    }

    /// What the session changed since its base.
    package func changes(of session: String) async throws -> SessionChanges {
        try await turns.take(session) { try await standing(session) }
    }

    private func standing(_ session: String) async throws -> SessionChanges {
        let state = try sessions.state(of: session)
        let layers = try sessions.changedLayers(of: session)
        let repository = try host.repository(at: state.repository)
        return try await repository.withHandle { handle in
            let changes = try handle.changeSet(
                layers: layers, kind: state.kind, base: try handle.tree(named: state.base))
            return SessionChanges(
                base: state.base, tree: changes.tree.description, lists: changes.lists,
                patch: try handle.patch(from: changes.base, to: changes.tree))
        }
    }
}

/// A session's change set.
package struct SessionChanges: Sendable {
    package var base: String
    /// The tree that it would be as a commit; its objects are in the repository's quarantine.
    package var tree: String
    package var lists: ChangeLists
    /// As git writes it.
    package var patch: [UInt8]
}
