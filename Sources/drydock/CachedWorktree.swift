internal import Glibc
internal import RunModel
internal import Sandboxing
internal import WorktreeLookup

/// The tree of a revision that was checked out before, as the working directory: found from files
/// alone, where nothing asks what the run changed. Everything else is the full tool's.
final class CachedWorktree: RunAddition {
    /// Holds the cache's entries while the run uses them.
    private let found: CachedTreeLookup.Found

    /// - Returns: `nil` when the tool is needed.
    init?(options: RunOptions) {
        guard options.mayUseCachedTree, let layout = CacheLayout.standard(),
            let found = CachedTreeLookup.find(
                repository: options.repository ?? ".", revision: options.revision ?? "HEAD",
                in: layout),
            found.gitDirectory != nil, !found.tree.lowers.contains(where: Self.hasNotes)
        else { return nil }
        self.found = found
    }

    /// Whether a checkout lacks something of its tree (submodules, filtered files), which the tool says.
    private static func hasNotes(_ lower: String) -> Bool {
        guard let slash = lower.lastIndex(of: "/") else { return true }
        var status = stat()
        return stat(lower[..<slash] + "/notes", &status) != 0 || status.st_size > 0
    }

    func prepare(_ request: inout SandboxRequest) throws(SandboxError) {
        request.binds += (found.gitDirectory?.binds ?? []).map {
            BindSpecification(source: $0.source, target: $0.target)
        }
        request.overlays.insert(
            OverlaySpecification(
                lowers: found.lowers, mountPoint: SandboxRequest.emptyWorkingDirectory,
                redirectsDirectories: true),
            at: 0)
    }

    var startsEarly: Bool { true }

    var attachment: (any NetworkAttachment)? { nil }

    func finish(
        _ result: borrowing SandboxResult, report: inout RunReport
    ) throws(SandboxError) {}
}
