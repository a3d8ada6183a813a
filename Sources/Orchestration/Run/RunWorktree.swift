internal import Egress
internal import Foundation
internal import GitWorktrees
internal import LinuxKernel
package import RunModel
package import Sandboxing
internal import WorktreeLookup

/// What the full tool adds to `drydock run`: the tree of a revision or a session as the working
/// directory, the egress gateway, and afterwards the change set as lists and as a patch.
package final class RunWorktree: RunAddition {
    private let options: RunOptions
    private var network: SandboxNetwork?
    private var checkout: Checkout?
    private var image: ImageService.Resolved?
    /// In place of an overlay, where none can be had.
    private var copy: RunFolder?
    private var patchFile: ResultFile?

    /// A tree in use: held until this object goes.
    private struct Checkout: ~Copyable {
        let repository: RepositoryHandle
        let held: TreeCache.Checkout
        /// What the run starts from: of a session, what it holds.
        let base: ObjectID
        /// What the session is, or would be.
        let state: SessionState
        var sessions: SessionStore?
        var hold: SessionHold?
        /// The git directory's layer and the checkout's, topmost first.
        let lowers: [String]
        let gitDirectory: GitDirectoryLayer?
        /// What the session holds, topmost first.
        var kept: [String] = []
    }

    package init(options: RunOptions) { self.options = options }

    deinit { network?.stop() }

    package func prepare(_ request: inout SandboxRequest) throws(SandboxError) {
        do {
            if options.image != "host" {
                let image = try ImageService().resolve(options.image)
                request.root = image.root
                request.environment.merge(image.environment) { given, _ in given }
                self.image = consume image
            }
            if options.tracesFiles {
                let plan = try ShippedPolicies.fileTrace(profile: options.profile)
                request.profile.filters = plan.filters
                request.trace = plan
            }
            network = try SandboxNetwork(request.network)
            network?.prepare(&request)
            if !options.explains { network?.warmUp() }
            guard options.repository != nil || options.revision != nil else {
                return try refuseWithoutWorktree()
            }
            if let path = options.patchPath { patchFile = try openPatch(path) }
            try checkOut(&request)
        } catch let error as SandboxError {
            throw error
        } catch {
            throw SandboxError(.request, "\(error)")
        }
    }

    package var attachment: (any NetworkAttachment)? { network }

    package func finish(
        _ result: borrowing SandboxResult, report: inout RunReport
    ) throws(SandboxError) {
        network?.stop()
        report.record(network?.records ?? [])
        guard let current = checkout.take() else { return }
        if let copy {
            report.isolation.degraded.append(
                "worktree: a copy in place of an overlay, which --disk does not bound")
            let left = DirectorySource.path(Self.worktree(in: copy))
            do throws(GitError) {
                return try readChanges(left, kind: .plain, of: current, into: &report)
            } catch { throw SandboxError(.host, "\(error)") }
        }
        let upper: OwnedDescriptor
        do throws(SystemError) { upper = try result.openUpper(0) } catch {
            throw SandboxError(error)
        }
        do throws(GitError) {
            // Kept first: what cannot be told as a change set is not lost with it.
            if options.keeps { report.session = try keep(upper, current) }
            try readChanges(
                .descriptor(upper.raw, label: "the worktree"),
                kind: LayerKind(result.notes(ofUpper: 0)), of: current, into: &report)
        } catch {
            throw SandboxError(.host, "\(error)")
        }
    }

    /// Without a repository there is no worktree, and nothing to keep or to compare.
    private func refuseWithoutWorktree() throws(SandboxError) {
        for (isGiven, option) in [
            (options.keeps, "--keep"), (options.patchPath != nil, "--patch"),
            (options.takesIgnored, "--ignored"),
        ] where isGiven {
            throw SandboxError(
                .request, "\(option) needs a worktree, and there is none without a repository",
                remedy: "name the repository with --repo")
        }
    }

    /// Before the run, which must not be able to lead the patch elsewhere.
    private func openPatch(_ path: String) throws(SandboxError) -> ResultFile {
        do throws(SystemError) { return try ResultFile(at: path) } catch {
            throw SandboxError(
                .request, "the patch cannot be written to \(path): \(error)",
                remedy: "give --patch a file, and no link, in a directory that can be written to")
        }
    }

    // MARK: Before

    private func checkOut(_ request: inout SandboxRequest) throws {
        guard let layout = CacheLayout.standard() else {
            throw SandboxError(
                .host, "there is no place for cached trees: neither XDG_CACHE_HOME nor HOME is set",
                remedy: "set HOME")
        }
        let cache = try TreeCache(layout: layout)
        let path = options.repository ?? "."
        let isSession = path.hasPrefix(RunOptions.sessionPrefix)
        let made =
            isSession
            ? try openSession(
                String(path.dropFirst(RunOptions.sessionPrefix.count)), cache: cache)
            : try openRevision(options.revision ?? "HEAD", ofRepository: path, cache: cache)
        request.binds += (made.gitDirectory?.binds ?? []).map {
            BindSpecification(source: $0.source, target: $0.target)
        }
        request.overlays.insert(
            OverlaySpecification(
                lowers: made.kept + made.lowers, mountPoint: SandboxRequest.emptyWorkingDirectory,
                // What is kept is stacked again, and what is stacked carries no redirects.
                redirectsDirectories: !options.keeps && !isSession),
            at: 0)
        say(made.held)
        checkout = consume made
    }

    /// What of a tree is not in its checkout.
    private func say(_ held: borrowing TreeCache.Checkout) {
        for (paths, text) in [
            (held.submodules, "submodules are empty directories"),
            (held.unfiltered, "files are as git stores them, as filters never run"),
        ] where !paths.isEmpty {
            let some = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", ..." : "")
            FileHandle.standardError.write(Data("drydock: \(paths.count) \(text): \(some)\n".utf8))
        }
    }

    /// git works inside for what is a commit; a working tree or a bare tree has no history.
    private func gitDirectory(
        of state: SessionState, _ repository: borrowing RepositoryHandle, _ cache: TreeCache
    ) throws -> GitDirectoryLayer? {
        guard let commit = state.commit.flatMap({ ObjectID($0) }) else { return nil }
        return try cache.gitDirectory(commit: commit, of: repository)
    }

    private func openRevision(
        _ revision: String, ofRepository path: String, cache: TreeCache
    ) throws -> Checkout {
        let located = RepositoryLocator(at: path)
        let repository = try RepositoryHandle(
            at: path, quarantine: located.map { cache.layout.quarantine(of: $0.commonDirectory) })
        let base: ObjectID
        let held: TreeCache.Checkout
        var commit: String?
        guard revision == "WORKTREE" || !options.takesIgnored else {
            throw SandboxError(
                .request, "--ignored has nothing to take: a revision holds what was committed",
                remedy: "use it with --rev WORKTREE")
        }
        if revision == "WORKTREE" {
            base = try repository.workingTree(includesIgnored: options.takesIgnored).tree
            held = try cache.checkout(tree: base, of: repository)
        } else {
            base = try repository.tree(named: revision)
            held = try cache.checkout(revision: revision, of: repository)
            commit = try? repository.commit(named: revision).description
        }
        let state = SessionState(
            base: base.description, repository: located?.commonDirectory ?? path,
            kind: .userOverlay, commit: commit)
        // A place that cannot be used is said before the run, not after it.
        let sessions = options.keeps ? try Self.sessions() : nil
        let git = try gitDirectory(of: state, repository, cache)
        let lowers = (git.map { [$0.lower] } ?? []) + held.cached.lowers
        return Checkout(
            repository: repository, held: held, base: base, state: state, sessions: sessions,
            lowers: lowers, gitDirectory: git)
    }

    private func openSession(_ id: String, cache: TreeCache) throws -> Checkout {
        guard options.revision == nil, !options.takesIgnored else {
            throw SandboxError(
                .request, "a session has no revisions",
                remedy: "leave --rev and --ignored out with session:ID")
        }
        let sessions = try Self.sessions()
        let state = try sessions.state(of: id)
        guard state.kind == .userOverlay else {
            throw SandboxError(
                .request, "session \(id) was made with other mounts than those of drydock run",
                remedy: "start one with drydock run --repo PATH --keep")
        }
        let repository = try RepositoryHandle(
            at: state.repository, quarantine: cache.layout.quarantine(of: state.repository))
        let tree = try repository.tree(named: state.base)
        let held = try cache.checkout(tree: tree, of: repository)
        let git = try gitDirectory(of: state, repository, cache)
        let lowers = (git.map { [$0.lower] } ?? []) + held.cached.lowers
        let hold = try sessions.hold(id, over: lowers)
        let base =
            hold.lowers.isEmpty
            ? tree
            : try repository.changeSet(
                layers: hold.lowers.map { .path($0) }, kind: state.kind, base: tree
            ).tree
        let kept = hold.lowers
        return Checkout(
            repository: repository, held: held, base: base, state: state, sessions: sessions,
            hold: hold, lowers: lowers, gitDirectory: git, kept: kept)
    }

    // MARK: Without an overlay

    /// Copies the tree where the kernel refuses an overlay: none is built in, or the cache lies on a
    /// file system that cannot be a lower layer, such as an overlay on another.
    package func fallBack(
        from error: SandboxError, _ request: inout SandboxRequest
    ) throws(SandboxError) -> Bool {
        let layers = request.overlays.first?.lowers ?? []
        let isOverlays = (["overlay", "fsconfig"] + layers).contains { error.problem.contains($0) }
        guard error.kind == .host, isOverlays, let current = checkout.take() else { return false }
        let outcome: Result<Bool, SandboxError>
        do throws(SandboxError) {
            outcome = .success(try fallBack(from: error, &request, current))
        } catch { outcome = .failure(error) }
        checkout = consume current
        return try outcome.get()
    }

    private func fallBack(
        from error: SandboxError, _ request: inout SandboxRequest, _ current: borrowing Checkout
    ) throws(SandboxError) -> Bool {
        guard request.profile.settings.permittedDegradations.contains("worktree") else {
            throw SandboxError(
                .host, error.problem,
                remedy:
                    "this host cannot have an overlay on \(place(of: request)); move the cache to "
                    + "another file system, or permit a copy, which --disk does not bound, with "
                    + "may_degrade: [worktree] in the profile")
        }
        guard current.kept.isEmpty, !options.keeps else {
            throw SandboxError(
                .host, error.problem,
                remedy: "kept worktrees need an overlay; move the cache to another file system")
        }
        do {
            // Not in the cache, whose file system may be the reason.
            let folder = try RunFolder("worktree")
            let place = Self.worktree(in: folder)
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
            try current.repository.writeCopy(
                of: current.base, to: place, gitDirectory: current.gitDirectory?.lower)
            request.overlays.removeFirst()
            request.binds.insert(
                BindSpecification(
                    source: place, target: SandboxRequest.emptyWorkingDirectory,
                    isWritable: true), at: 0)
            copy = folder
        } catch {
            throw SandboxError(.host, "\(error)")
        }
        return true
    }

    private func place(of request: SandboxRequest) -> String {
        request.overlays.first?.lowers.last ?? "the cache"
    }

    private static func worktree(in folder: RunFolder) -> String { folder.path + "/worktree" }

    private static func sessions() throws -> SessionStore {
        try SessionStore(root: StateDirectory.standard().path)
    }

    // MARK: Afterwards

    private func keep(
        _ upper: borrowing OwnedDescriptor, _ current: borrowing Checkout
    ) throws(GitError) -> String? {
        guard let sessions = current.sessions else { return nil }
        let source = DirectorySource.descriptor(upper.raw, label: "the worktree")
        let id: String
        switch current.hold {
        case .some(let hold):
            try sessions.keep(source, in: hold, over: current.lowers)
            id = hold.session
        case .none: id = try sessions.create(current.state, from: source, over: current.lowers)
        }
        FileHandle.standardError.write(Data("drydock: session \(id)\n".utf8))
        return id
    }

    private func readChanges(
        _ left: DirectorySource, kind: LayerKind, of current: borrowing Checkout,
        into report: inout RunReport
    ) throws(GitError) {
        let changes = try current.repository.changeSet(
            layers: [left], beneath: current.gitDirectory.map { [.path($0.lower)] } ?? [],
            kind: kind, base: current.base)
        report.changes = changes.lists
        report.tree = changes.tree.description
        guard let file = patchFile.take() else { return }
        let patch = try current.repository.patch(from: changes.base, to: changes.tree)
        do throws(SystemError) { try file.replace(with: Array(patch)) } catch {
            throw GitError(
                .system, operation: "write patch", subject: options.patchPath ?? "",
                reason: "\(error)", remedy: "See that there is room where --patch leads to")
        }
    }
}
