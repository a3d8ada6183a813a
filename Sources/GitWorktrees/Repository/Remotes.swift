internal import CGit2

extension RepositoryHandle {
    /// Where a remote of the repository's configuration is; `nil` when there is no such remote.
    package func remoteURL(named name: String) throws(GitError) -> String? {
        var raw: OpaquePointer?
        let result = git_remote_lookup(&raw, references.raw, name)
        if result == GIT_ENOTFOUND.rawValue { return nil }
        try LibGit2.check(result, "look up remote", name)
        defer { git_remote_free(raw) }
        return git_remote_url(raw).map { String(cString: $0) }
    }
}

extension GitRepository {
    /// Where a remote of the repository's configuration is; `nil` when there is no such remote.
    package func remoteURL(named name: String) async throws -> String? {
        try withHandle { try $0.remoteURL(named: name) }
    }
}
