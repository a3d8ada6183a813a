internal import CGit2
internal import Glibc
package import RunModel

/// The files of a user's working directory as they are now.
package struct WorkingTree: Sendable, Equatable {
    /// Written to the quarantine.
    package var tree: ObjectID
    /// The tree of HEAD, or the empty one.
    package var head: ObjectID
    /// Against `head`, with what was left out.
    package var lists: ChangeLists
}

extension RepositoryHandle {
    /// Makes a tree of the working directory, uncommitted and untracked files included: what
    /// `--rev WORKTREE` means.
    ///
    /// The user's index is read for what need not be hashed again, and never written; what its
    /// flags hide is taken along. Nothing is filtered: a file with a filter driver that changed is
    /// taken as it lies there.
    ///
    /// - Parameter includesIgnored: takes files along that git ignores.
    package func workingTree(includesIgnored: Bool = false) throws(GitError) -> WorkingTree {
        guard let workingDirectory else {
            throw GitError(
                .invalidArgument, operation: "read working directory", subject: commonDirectory,
                reason: "the repository is bare: it has none", remedy: "Name a revision")
        }
        let head: ObjectID
        do {
            head = try tree(named: "HEAD")
        } catch {
            guard error.code == .noCommitYet else { throw error }
            head = try emptyTree()
        }
        var options = TreeAssembler.Options(includesIgnored: includesIgnored)
        let own = git_repository_path(references.raw).map { String(cString: $0) } ?? ""
        options.knownFiles = try IndexSnapshot(path: own + "index")
        var assembler = try TreeAssembler(base: head, options: options, repository: self)
        let root = LayerDirectory(try DirectoryHandle(workingDirectory), kind: .plain)
        let tree = try assembler.assemble(layers: [root], self)
        var lists = try changeLists(from: head, to: tree)
        lists.ignored = assembler.ignored.map(PathText.text)
        lists.special = assembler.special.map(PathText.text)
        return WorkingTree(tree: tree, head: head, lists: lists)
    }
}
