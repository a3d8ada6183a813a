internal import Glibc

/// What `drydock gc` did to the sessions.
package struct SessionCollection: Sendable, Equatable {
    package var kept: [String] = []
    /// Common directories of the repositories that the kept ones stand on.
    package var repositories: Set<String> = []
    package var expired: [String] = []
    /// Sessions whose state cannot be read: they go when they expire.
    package var damaged: [String] = []
    package var removedLayers = 0
}

extension SessionStore {
    /// Removes sessions that nobody has used for long, layers that no session is stacked on, and
    /// what crashes left.
    ///
    /// - Parameter unusedSince: seconds since the epoch; `nil` removes no session.
    package func collect(unusedSince: Int?) throws(GitError) -> SessionCollection {
        var result = SessionCollection()
        for session in try sessions() {
            let known = try? state(of: session)
            // Closed by its owner in between is no damage.
            guard access("\(root)/sessions/\(session)", F_OK) == 0 else { continue }
            if let unusedSince, lastUse(of: session) <= unusedSince, holder(of: session) == nil {
                try remove(session)
                result.expired.append(session)
            } else if let known {
                result.kept.append(session)
                result.repositories.insert(known.repository)
            } else {
                result.damaged.append(session)
            }
        }
        result.removedLayers = try collectGarbage()
        return result
    }

    /// Removes layers that no session is stacked on, and what crashes left.
    ///
    /// - Returns: how many layers went: none while a session's state cannot be read.
    package func collectGarbage() throws(GitError) -> Int {
        let scratch = try ScratchDirectory(in: root + "/making")
        let removed = try setAsideUnusedLayers(scratch)
        for name in try DirectoryHandle(root + "/making").names().map(PathText.text) {
            guard let lock = FileLock(ifFree: "\(root)/making/\(name)") else { continue }
            try ScratchDirectory.removeTree("\(root)/making/\(name)")
            _ = consume lock
        }
        return removed
    }

    private func setAsideUnusedLayers(
        _ scratch: borrowing ScratchDirectory
    ) throws(GitError) -> Int {
        let lock = try lockLayers()
        defer { _ = lock }
        var used: Set<String> = []
        for session in try sessions() {
            do throws(GitError) {
                let state = try state(of: session)
                used.formUnion(state.layers)
                for snapshot in state.snapshots { used.formUnion(snapshot) }
            } catch {
                guard access("\(root)/sessions/\(session)", F_OK) == 0 else { continue }
                return 0
            }
        }
        var removed = 0
        for layer in try DirectoryHandle(root + "/layers").names().map(PathText.text)
        where !used.contains(layer) {
            guard rename(path(ofLayer: layer), "\(scratch.path)/\(layer)") == 0 else {
                throw GitError.system("remove layer", layer)
            }
            removed += 1
        }
        return removed
    }
}
