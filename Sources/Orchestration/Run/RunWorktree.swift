internal import Foundation
internal import GitWorktrees
internal import LinuxKernel
package import RunModel
package import Sandboxing
internal import WorktreeLookup

/// What the full tool adds to `drydock run`: the tree of a revision as the working directory, the
/// egress gateway, and afterwards the change set as lists and as a patch.
package final class RunWorktree: RunAddition {
    private let options: RunOptions
    private var network: SandboxNetwork?
    private var checkout: Checkout?
    private var image: ImageService.Resolved?
    private var hasWorktree = false

    /// A tree in use: held until this object goes.
    private struct Checkout: ~Copyable {
        let repository: RepositoryHandle
        let held: TreeCache.Checkout
        let base: ObjectID
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
            network = try SandboxNetwork(request.network)
            network?.prepare(&request)
            guard options.repository != nil || options.revision != nil else { return }
            try checkOut(&request)
        } catch let error as SandboxError {
            throw error
        } catch {
            throw SandboxError(.request, "\(error)")
        }
    }

    package var attachNetwork: NetworkAttachment? { network?.attach }

    package func finish(
        _ result: borrowing SandboxResult, report: inout RunReport
    ) throws(SandboxError) {
        network?.stop()
        report.connections = network?.records ?? []
        guard hasWorktree else { return }
        let upper: OwnedDescriptor
        do throws(SystemError) { upper = try result.openUpper(0) } catch {
            throw SandboxError(error)
        }
        do throws(GitError) { try readChanges(upper, into: &report) } catch {
            throw SandboxError(.host, "\(error)")
        }
    }

    private func checkOut(_ request: inout SandboxRequest) throws {
        guard let layout = CacheLayout.standard() else {
            throw SandboxError(
                .host, "there is no place for cached trees: neither XDG_CACHE_HOME nor HOME is set",
                remedy: "set HOME")
        }
        let path = options.repository ?? "."
        let quarantine = RepositoryLocator(at: path).map {
            layout.quarantine(of: $0.commonDirectory)
        }
        let repository = try RepositoryHandle(at: path, quarantine: quarantine)
        let cache = try TreeCache(layout: layout)
        let revision = options.revision ?? "HEAD"
        let base: ObjectID
        let held: TreeCache.Checkout
        if revision == "WORKTREE" {
            base = try repository.workingTree().tree
            held = try cache.checkout(tree: base, of: repository)
        } else {
            base = try repository.tree(named: revision)
            held = try cache.checkout(revision: revision, of: repository)
        }
        var lowers = held.cached.lowers
        // git works inside for what is a commit; a working tree or a bare tree has no history.
        if revision != "WORKTREE", let commit = try? repository.commit(named: revision) {
            let directory = try cache.gitDirectory(commit: commit, of: repository)
            lowers.insert(directory.lower, at: 0)
            request.binds += directory.binds.map {
                BindSpecification(source: $0.source, target: $0.target)
            }
        }
        request.overlays.insert(
            OverlaySpecification(
                lowers: lowers, mountPoint: SandboxRequest.emptyWorkingDirectory),
            at: 0)
        hasWorktree = true
        checkout = Checkout(repository: repository, held: held, base: base)
    }

    private func readChanges(
        _ upper: borrowing OwnedDescriptor, into report: inout RunReport
    ) throws(GitError) {
        guard let current = checkout.take() else { return }
        // The overlay is mounted in the sandbox's own user namespace, also when root runs Drydock:
        // its notes are user.overlay.* (sandbox-init, mount_overlay).
        let changes = try current.repository.changeSet(
            layers: [.descriptor(upper.raw, label: "the worktree")], kind: .userOverlay,
            base: current.base)
        report.changes = changes.lists
        report.tree = changes.tree.description
        guard let path = options.patchPath else { return }
        let patch = try current.repository.patch(from: changes.base, to: changes.tree)
        guard FileManager.default.createFile(atPath: path, contents: Data(patch)) else {
            throw GitError(
                .system, operation: "write patch", subject: path, reason: "the file cannot be made",
                remedy: "Give --patch a file in a directory that can be written to")
        }
    }
}
