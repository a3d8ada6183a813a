internal import CGit2
internal import Glibc

/// A session that one run has to itself; others are told so until this value goes, or its process.
package struct SessionHold: ~Copyable, Sendable {
    package let session: String
    package let state: SessionState
    /// What the session holds now, topmost first: to be stacked on the checkout, under an upper
    /// layer that is the run's alone.
    package let lowers: [String]
    private let lock: FileLock

    init(session: String, state: SessionState, lowers: [String], lock: consuming FileLock) {
        self.session = session
        self.state = state
        self.lowers = lowers
        self.lock = lock
    }
}

/// Runs whose upper layer is a temporary one, bounded like everything that a run writes: what it
/// left is copied to the session when it has ended well enough to be kept.
extension SessionStore {
    /// Layers that are merged into one before a run, as every layer makes looking up names slower.
    static let mergeThreshold = 16

    /// How long a run that is just ending may take to let go; whoever looks for a holder has the
    /// lock for an instant too.
    private static let patienceMilliseconds = 1000

    /// - Parameter lowers: what the session stands on, topmost first; `nil` leaves its layers as they
    ///   are, however many there are.
    /// - Throws: `.refused` while another run has it, and keeps it for a second.
    package func hold(
        _ session: String, over lowers: [String]? = nil
    ) throws(GitError) -> SessionHold {
        _ = try state(of: session)
        var runLock = try FileLock(ifFree: holdPath(session), note: "\(getpid())\n")
        var waited = 0
        while runLock == nil, waited < Self.patienceMilliseconds {
            usleep(10_000)
            waited += 10
            runLock = try FileLock(ifFree: holdPath(session), note: "\(getpid())\n")
        }
        guard let runLock else {
            throw GitError(
                .refused, operation: "open session", subject: session,
                reason: "process \(holder(of: session) ?? 0) runs in it",
                remedy: "Wait, or stop it: drydock runs stop \(session)")
        }
        let lock = try lock(session)
        defer { _ = lock }
        let layersLock = try lockLayers()
        defer { _ = layersLock }
        var state = try state(of: session)
        if let lowers, state.layers.count >= Self.mergeThreshold {
            try mergeLayers(of: session, &state, over: lowers)
        }
        try keepUpper(of: session, &state)
        // Its time is when it was used last.
        try write(state, session)
        return SessionHold(
            session: session, state: state, lowers: state.layers.map(path(ofLayer:)), lock: runLock)
    }

    /// Takes what a run left in its upper layer into a new session.
    ///
    /// - Parameter lowers: what the session stands on, topmost first.
    /// - Throws: `.diskFull`, and nothing was made.
    package func create(
        _ state: SessionState, from upper: DirectorySource, over lowers: [String]
    ) throws(GitError) -> String {
        try create(state, count: 1, content: upper, over: lowers)[0]
    }

    /// Adds what a run left in its upper layer, whole or not at all.
    ///
    /// - Parameter lowers: what the session stands on, topmost first.
    /// - Throws: `.diskFull`, and the session is as it was before the run.
    package func keep(
        _ source: DirectorySource, in hold: borrowing SessionHold, over lowers: [String]
    ) throws(GitError) {
        let scratch = try ScratchDirectory(in: root + "/making")
        do {
            let made = try DirectoryHandle(scratch.path).makeDirectory(
                Array("upper".utf8), mode: 0o755)
            var copy = try LayerCopy(over: hold.lowers + lowers)
            try copy.apply(source, to: made)
        }
        let lock = try lock(hold.session)
        defer { _ = lock }
        // rename(2) replaces an empty directory only: what somebody else wrote is never lost.
        try scratch.move("upper", to: upper(of: hold.session))
    }

    /// The process that has the session, if any.
    package func holder(of session: String) -> Int32? {
        guard SessionState.isName(session), FileLock(ifFree: holdPath(session)) == nil,
            let note = try? FileContent.read(holdPath(session), byteLimit: 64)
        else { return nil }
        return Int32(String(decoding: note, as: UTF8.self).split(separator: "\n").first ?? "")
    }

    /// Seconds since the epoch.
    package func lastUse(of session: String) -> Int {
        let directory = "\(root)/sessions/\(session)"
        var latest = 0
        for path in [directory, directory + "/state", upper(of: session)] {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            latest = max(latest, status.st_mtim.tv_sec)
        }
        return latest
    }

    private func holdPath(_ session: String) -> String { "\(root)/sessions/\(session)/run" }

    /// Makes one layer of all, by links: it costs what was changed, and no disk.
    private func mergeLayers(
        of session: String, _ state: inout SessionState, over lowers: [String]
    ) throws(GitError) {
        let scratch = try ScratchDirectory(in: root + "/making")
        do {
            let made = try DirectoryHandle(scratch.path).makeDirectory(
                Array("layer".utf8), mode: 0o755)
            var copy = try LayerCopy(sharesFiles: true, over: lowers)
            for layer in state.layers.reversed() {
                try copy.apply(.path(path(ofLayer: layer)), to: made)
            }
        }
        // The collector waits for the lock of layers: it never sees one that no state names yet.
        let name = try newName(in: "layers")
        try scratch.move("layer", to: path(ofLayer: name))
        state.layers = [name]
        try write(state, session)
    }
}
