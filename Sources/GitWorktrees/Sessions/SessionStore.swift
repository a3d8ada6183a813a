internal import Glibc

/// Worktrees that outlive a run. A session is a stack of kept layers and an upper layer that the
/// next run writes; a snapshot turns the upper layer into one more kept layer, and a fork is
/// another session on the same layers.
///
/// Nothing may run in a session while it is snapshot, forked or rolled back; the caller freezes or
/// ends what runs. A session's overlay is mounted with `redirect_dir=off`.
package struct SessionStore: Sendable {
    /// overlayfs takes 500 lower layers; lookups get slower long before.
    package static let layerLimit = 64

    let root: String

    /// - Parameter root: absolute path, such as `/var/lib/drydock`; made 0700.
    package init(root: String) throws(GitError) {
        self.root = root
        try PrivateDirectory.make(root, mayBePassedThrough: true)
        for path in [root + "/sessions", root + "/layers", root + "/making"] {
            try PrivateDirectory.make(path)
        }
    }

    package func upper(of session: String) -> String { "\(root)/sessions/\(session)/upper" }
    package func work(of session: String) -> String { "\(root)/sessions/\(session)/work" }

    /// A fresh directory beside the upper one, for one mount: an overlay that is still being
    /// unmounted keeps its own, and a second mount on it would be read-only.
    package func makeWorkDirectory(of session: String) throws(GitError) -> String {
        let path = "\(root)/sessions/\(session)/work-\(try newName(in: "sessions"))"
        var owner = stat()
        guard lstat(upper(of: session), &owner) == 0, mkdir(path, 0o700) == 0,
            lchown(path, owner.st_uid, owner.st_gid) == 0
        else { throw GitError.system("make directory", path) }
        return path
    }

    package func path(ofLayer layer: String) -> String { "\(root)/layers/\(layer)" }

    /// Everything above the checkout, topmost first, for `changeSet(layers:kind:base:)`.
    package func changedLayers(of session: String) throws(GitError) -> [DirectorySource] {
        let state = try state(of: session)
        return [.path(upper(of: session))] + state.layers.map { .path(path(ofLayer: $0)) }
    }

    /// The kept layers, topmost first: to be stacked on the checkout's lower layers. Call it before
    /// each run: what a crash interrupted is finished first.
    package func lowers(of session: String) throws(GitError) -> [String] {
        let lock = try lock(session)
        defer { _ = lock }
        return try state(of: session).layers.map(path(ofLayer:))
    }

    package func sessions() throws(GitError) -> [String] {
        try DirectoryHandle(root + "/sessions").names().map(PathText.text)
            .filter(SessionState.isName)
    }

    package func state(of session: String) throws(GitError) -> SessionState {
        let path = "\(root)/sessions/\(session)/state"
        guard SessionState.isName(session), access(path, F_OK) == 0 else {
            throw GitError(
                .invalidArgument, operation: "open session", subject: session,
                reason: "there is no such session", remedy: "List them: drydock runs list")
        }
        let bytes = try FileContent.read(path, byteLimit: 16 << 20)
        guard let state = SessionState(text: String(decoding: bytes, as: UTF8.self)) else {
            throw GitError(
                .system, operation: "open session", subject: session,
                reason: "its state is damaged", remedy: "Remove it: drydock gc --session-age 0s")
        }
        return state
    }

    // MARK: Life

    /// - Returns: the session's id.
    package func create(_ state: SessionState) throws(GitError) -> String {
        try create(state, count: 1)[0]
    }

    /// - Parameters:
    ///   - content: an upper layer whose content the first one starts with; `nil` is empty.
    ///   - lowers: what that lies on.
    func create(
        _ state: SessionState, count: Int, content: DirectorySource? = nil,
        over lowers: [String] = []
    ) throws(GitError) -> [String] {
        let scratch = try ScratchDirectory(in: root + "/making")
        let directory = try DirectoryHandle(scratch.path)
        let text = Array(state.text.utf8)
        var sessions: [String] = []
        for _ in 0..<count {
            let id = try newName(in: "sessions")
            let made = try directory.makeDirectory(Array(id.utf8), mode: 0o700)
            for (name, mode) in [("upper", 0o755), ("work", 0o700)] as [(String, mode_t)] {
                guard mkdirat(made.descriptor, name, mode) == 0 else {
                    throw GitError.system("make directory", "\(made.path)/\(name)")
                }
            }
            try made.writeFile(Array("state".utf8), text, mode: 0o600)
            if let content, sessions.isEmpty {
                var copy = try LayerCopy(over: lowers)
                try copy.apply(content, to: made.directory(Array("upper".utf8)))
            }
            try scratch.move(id, to: "\(root)/sessions/\(id)")
            sessions.append(id)
        }
        return sessions
    }

    /// Keeps what the session holds now. O(1), but for a look at the attributes of what changed.
    ///
    /// - Returns: the snapshot's number.
    @discardableResult
    package func snapshot(_ session: String) throws(GitError) -> Int {
        let lock = try lock(session)
        defer { _ = lock }
        let layersLock = try lockLayers()
        defer { _ = layersLock }
        var state = try state(of: session)
        try keepUpper(of: session, &state)
        state.snapshots.append(state.layers)
        try write(state, session)
        return state.snapshots.count - 1
    }

    /// Makes sessions that hold what this one holds now, each independent of all others.
    package func makeForks(of session: String, count: Int) throws(GitError) -> [String] {
        let lock = try lock(session)
        defer { _ = lock }
        let layersLock = try lockLayers()
        defer { _ = layersLock }
        var state = try state(of: session)
        try keepUpper(of: session, &state)
        try write(state, session)
        return try create(state, count: count)
    }

    /// The same for a session in which a run is going on, whose processes stand still meanwhile: its
    /// upper layer stays its own and is copied, which costs what was changed.
    ///
    /// - Parameter lowers: what the session stands on, topmost first.
    package func copyForks(
        of session: String, count: Int, over lowers: [String]
    ) throws(GitError) -> [String] {
        // The run has the session: nobody changes what its upper layer lies on.
        let layers = try state(of: session).layers.map(path(ofLayer:))
        let scratch = try ScratchDirectory(in: root + "/making")
        do {
            let made = try DirectoryHandle(scratch.path).makeDirectory(
                Array("layer".utf8), mode: 0o755)
            var copy = try LayerCopy(over: layers + lowers)
            try copy.apply(.path(upper(of: session)), to: made)
        }
        // The collector waits for this lock: it never sees a layer that no state names yet.
        let layersLock = try lockLayers()
        defer { _ = layersLock }
        var state = try state(of: session)
        let name = try newName(in: "layers")
        try scratch.move("layer", to: path(ofLayer: name))
        state.layers.insert(name, at: 0)
        return try create(state, count: count)
    }

    /// Drops what changed since a snapshot.
    package func rollBack(_ session: String, to snapshot: Int) throws(GitError) {
        let lock = try lock(session)
        defer { _ = lock }
        var state = try state(of: session)
        guard state.snapshots.indices.contains(snapshot) else {
            throw GitError(
                .invalidArgument, operation: "roll back \(session)", subject: "\(snapshot)",
                reason: "it has \(state.snapshots.count) snapshots", remedy: "They count from 0")
        }
        let scratch = try ScratchDirectory(in: root + "/making")
        guard rename(upper(of: session), "\(scratch.path)/dropped") == 0 else {
            throw GitError.system("drop changes", session)
        }
        state.layers = state.snapshots[snapshot]
        try write(state, session)
        try finish(session)
    }

    package func remove(_ session: String) throws(GitError) {
        guard SessionState.isName(session) else { return }
        let scratch = try ScratchDirectory(in: root + "/making")
        guard rename("\(root)/sessions/\(session)", "\(scratch.path)/dropped") == 0 else {
            throw GitError.system("remove session", session)
        }
    }

    // MARK: Steps

    func keepUpper(
        of session: String, _ state: inout SessionState
    ) throws(GitError) {
        let upper = upper(of: session)
        let directory = try DirectoryHandle(upper)
        guard try !directory.names().isEmpty else { return }
        guard state.layers.count < Self.layerLimit else {
            throw GitError(
                .refused, operation: "keep layer", subject: session,
                reason: "it is stacked on \(Self.layerLimit) layers already",
                remedy: "Commit what it holds, and go on from that commit")
        }
        try LayerSanitation(kind: state.kind).check(directory)
        // The state goes first: from then on `finish` can do the rest, whenever it is cut off.
        state.layers.insert(try newName(in: "layers"), at: 0)
        try write(state, session)
        try finish(session)
    }

    /// Brings the directories in line with the state: moves the upper layer to where the topmost
    /// layer should be, and makes an empty one where there is none.
    func finish(_ session: String) throws(GitError) {
        let state = try state(of: session)
        let upper = upper(of: session)
        if let top = state.layers.first, access(path(ofLayer: top), F_OK) != 0 {
            guard rename(upper, path(ofLayer: top)) == 0 else {
                throw GitError.system("keep layer", upper)
            }
        }
        guard access(upper, F_OK) != 0 else { return }
        var owner = stat()
        let model = state.layers.first.map(path(ofLayer:)) ?? "\(root)/sessions/\(session)/work"
        guard lstat(model, &owner) == 0 else { throw GitError.system("look at", model) }
        try ScratchDirectory.removeTree(work(of: session))
        for (path, mode) in [(work(of: session), 0o700), (upper, 0o755)] as [(String, mode_t)] {
            guard mkdir(path, mode) == 0, lchown(path, owner.st_uid, owner.st_gid) == 0,
                chmod(path, mode) == 0
            else { throw GitError.system("make directory", path) }
        }
    }

    func write(_ state: SessionState, _ session: String) throws(GitError) {
        let scratch = try ScratchDirectory(in: root + "/making")
        try DirectoryHandle(scratch.path).writeFile(
            Array("state".utf8), Array(state.text.utf8), mode: 0o600)
        try scratch.move("state", to: "\(root)/sessions/\(session)/state")
    }

    /// Layers come and go under this: the collector must see them and the states that name them
    /// at one moment.
    func lockLayers() throws(GitError) -> FileLock { try FileLock(root + "/layers.lock") }

    func lock(_ session: String) throws(GitError) -> FileLock {
        _ = try state(of: session)
        let lock = try FileLock("\(root)/sessions/\(session)/lock")
        try finish(session)
        return lock
    }

    /// 64 random bits; layers and sessions have no other order than the states that name them.
    func newName(in folder: String) throws(GitError) -> String {
        while true {
            let name = String(UInt64.random(in: .min ... .max), radix: 36)
            if access("\(root)/\(folder)/\(name)", F_OK) != 0 { return name }
        }
    }
}
