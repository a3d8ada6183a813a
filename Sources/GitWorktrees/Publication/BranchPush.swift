internal import CGit2
internal import Glibc
package import RunModel

/// Where a branch is pushed to.
package enum PushDestination: Sendable {
    /// A bare repository of files.
    case path(String)
    /// A server, by way of whoever holds its credential: nothing is connected to from here.
    case exchange(url: String, GitServiceExchange)
    /// A server that this process asks itself, over HTTPS or SSH.
    case server(url: String, ServerAccess)

    var url: String {
        switch self {
        case .path(let path): path
        case .exchange(let url, _), .server(let url, _): url
        }
    }
}

/// Commits and pushes, onto branches of Drydock's own prefix only. There is no call that pushes
/// anywhere else, and none that forces.
extension RepositoryHandle {
    /// Pushes one commit as one branch, never to the remote's default branch. The user's
    /// repository gets no reference.
    ///
    /// - Parameter scratch: a directory that does not exist; made for the call, the caller removes
    ///   it. The library pushes references, and this is where they are.
    package func push(
        commit: ObjectID, branch: ProposalBranch, to destination: PushDestination, scratch: String
    ) throws {
        let url = destination.url
        try destination.check()
        let staging = try staging(at: scratch, references: [branch.reference: commit])
        let remote = try GitPointer("open remote", url, free: git_remote_free) {
            git_remote_create_anonymous(&$0, staging.raw, url)
        }
        let exchange = RemoteExchange(destination)
        do {
            // Only the side that serves fetches says which branch is the default.
            try exchange.connect(remote.raw, GIT_DIRECTION_FETCH, url: url)
            try Self.refuseDefaultBranch(branch, of: remote.raw, destination)
            git_remote_disconnect(remote.raw)
            try exchange.connect(remote.raw, GIT_DIRECTION_PUSH, url: url)
            defer { git_remote_disconnect(remote.raw) }
            try exchange.upload(branch, remote.raw, url: url)
        } catch {
            // The library's own words are about what its transport did; the cause is its error.
            throw exchange.failure ?? error
        }
        if let rejection = exchange.rejection {
            throw GitError(
                .refused, operation: "push \(branch)", subject: url, reason: rejection,
                remedy: "Use another branch name, or look at the remote's rules")
        }
    }

    private func staging(
        at scratch: String, references: [String: ObjectID]
    ) throws(GitError) -> GitPointer {
        let staging = try GitPointer("prepare exchange", scratch, free: git_repository_free) {
            git_repository_init(&$0, scratch, 1)
        }
        try LibGit2.check(
            git_repository_set_odb(staging.raw, objects.raw), "prepare exchange", scratch)
        for (name, commit) in references {
            var id = commit.raw
            _ = try GitPointer("prepare exchange", name, free: git_reference_free) {
                git_reference_create(&$0, staging.raw, name, &id, 0, nil)
            }
        }
        return staging
    }

    /// A remote may have made one of Drydock's branches its default.
    private static func refuseDefaultBranch(
        _ branch: ProposalBranch, of remote: OpaquePointer, _ destination: PushDestination
    ) throws(GitError) {
        let url = destination.url
        var name = git_buf()
        defer { git_buf_dispose(&name) }
        let result = git_remote_default_branch(&name, remote)
        if result == GIT_ENOTFOUND.rawValue {
            // A hosted repository would make the first branch its default; a local one keeps the
            // name that its HEAD has.
            if case .path = destination { return }
            throw GitError(
                .refused, operation: "push \(branch)", subject: url,
                reason: "the remote has no default branch yet: the first one pushed becomes it",
                remedy: "Push the main branch there first, by hand")
        }
        try LibGit2.check(result, "ask for the default branch", url)
        guard String(cString: name.ptr) != branch.reference else {
            throw GitError(
                .refused, operation: "push \(branch)", subject: url,
                reason: "it is the remote's default branch", remedy: "Use another branch name")
        }
    }
}
