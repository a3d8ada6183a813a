internal import Foundation
internal import GitWorktrees
internal import Glibc
package import RunModel
internal import WorktreeLookup

/// The worktrees that `drydock run --keep` and the services keep: shown, compared, stopped, removed.
package struct KeptSessions: Sendable {
    private let store: SessionStore

    package init() throws {
        store = try SessionStore(root: StateDirectory.standard().path)
    }

    /// The latest used first; without those whose state cannot be read.
    package func all() throws -> [RunsListing.Session] {
        try store.sessions().compactMap { try? summary(of: $0) }
            .sorted { ($0.lastUsedAt, $0.id) > ($1.lastUsedAt, $1.id) }
    }

    /// - Returns: `nil` unless the text is a session's id or the only one that begins so.
    package func find(_ id: String) throws -> RunsListing.Session? {
        let all = try store.sessions()
        let matching = all.contains(id) ? [id] : all.filter { !id.isEmpty && $0.hasPrefix(id) }
        return matching.count == 1 ? try summary(of: matching[0]) : nil
    }

    /// What the session changed since its base: the lists, and the patch as git writes it.
    package func changes(of id: String) throws -> (lists: ChangeLists, patch: String) {
        let state = try store.state(of: id)
        let quarantine = CacheLayout.standard().map { $0.quarantine(of: state.repository) }
        let repository = try RepositoryHandle(at: state.repository, quarantine: quarantine)
        let changes = try repository.changeSet(
            layers: store.changedLayers(of: id), kind: state.kind,
            base: repository.tree(named: state.base))
        let patch = try repository.patch(from: changes.base, to: changes.tree)
        return (changes.lists, String(decoding: patch, as: UTF8.self))
    }

    /// Asks the process that runs in the session to end.
    ///
    /// - Returns: that process, or `nil` when there was none.
    package func stop(_ id: String) throws -> Int32? {
        guard let process = store.holder(of: id) else { return nil }
        try ProcessIdentity.terminate(process)
        return process
    }

    package func isHeld(_ id: String) -> Bool { store.holder(of: id) != nil }

    /// - Throws: `GitError` while a run has it.
    package func remove(_ id: String) throws {
        let hold = try store.hold(id)
        defer { _ = hold }
        try store.remove(id)
        _ = try store.collectGarbage()
    }

    private func summary(of id: String) throws -> RunsListing.Session {
        let state = try store.state(of: id)
        let used = Date(timeIntervalSince1970: TimeInterval(store.lastUse(of: id)))
        return RunsListing.Session(
            id: id, repository: state.repository, base: state.base, commit: state.commit,
            lastUsedAt: used.formatted(.iso8601), layers: state.layers.count,
            snapshots: state.snapshots.count, process: store.holder(of: id))
    }
}
