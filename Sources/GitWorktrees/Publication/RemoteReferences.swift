internal import CGit2

/// What a remote says of its branches, without anything being fetched.
package struct RemoteReferences: Codable, Sendable, Equatable {
    /// The branch that its HEAD names, such as `main`; `nil` where there is none yet.
    package var defaultBranch: String?
    /// The commits of the branches that were asked for and are there.
    package var commits: [String: String]

    private static let branchPrefix = "refs/heads/"

    /// Asks a remote.
    ///
    /// - Parameter branches: without `refs/heads/`.
    package static func read(
        branches: [String], of destination: PushDestination
    ) throws -> RemoteReferences {
        let url = destination.url
        try LibGit2.start()
        try destination.check()
        let remote = try GitPointer("open remote", url, free: git_remote_free) {
            git_remote_create_detached(&$0, url)
        }
        let exchange = RemoteExchange(destination)
        do {
            try exchange.connect(remote.raw, GIT_DIRECTION_FETCH, url: url)
            defer { git_remote_disconnect(remote.raw) }
            return RemoteReferences(
                defaultBranch: try defaultBranch(of: remote.raw, url: url),
                commits: try commits(of: Set(branches), at: remote.raw, url: url))
        } catch { throw exchange.failure ?? error }
    }

    private static func defaultBranch(
        of remote: OpaquePointer, url: String
    ) throws(GitError) -> String? {
        var name = git_buf()
        defer { git_buf_dispose(&name) }
        let result = git_remote_default_branch(&name, remote)
        guard result != GIT_ENOTFOUND.rawValue else { return nil }
        try LibGit2.check(result, "ask for the default branch", url)
        let reference = String(cString: name.ptr)
        return reference.hasPrefix(branchPrefix)
            ? String(reference.dropFirst(branchPrefix.count)) : nil
    }

    private static func commits(
        of branches: Set<String>, at remote: OpaquePointer, url: String
    ) throws(GitError) -> [String: String] {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try LibGit2.check(git_remote_ls(&heads, &count, remote), "list branches", url)
        var commits: [String: String] = [:]
        for head in UnsafeBufferPointer(start: heads, count: count) {
            guard let head, let text = head.pointee.name else { continue }
            let name = String(cString: text)
            guard name.hasPrefix(branchPrefix) else { continue }
            let branch = String(name.dropFirst(branchPrefix.count))
            if branches.contains(branch) {
                commits[branch] = ObjectID(head.pointee.oid).description
            }
        }
        return commits
    }
}
