internal import CGit2

/// Refuses repositories that libgit2 1.5 would misread, before anything is read from them.
enum RepositoryFormat {
    private static let explanations: [(name: String, reason: String, remedy: String)] = [
        (
            "objectformat", "it names objects by SHA-256, which this version cannot read",
            "Use a repository in the SHA-1 format"
        ),
        (
            "partialclone", "it is a partial clone: objects may be missing until git fetches them",
            "Complete it: git fetch --refetch --no-filter, then unset extensions.partialClone"
        ),
        (
            "worktreeconfig", "its configuration is split per worktree, which this version ignores",
            "Unset extensions.worktreeConfig, or name another clone"
        ),
        (
            "refstorage", "its references are kept in a format that this version cannot read",
            "Migrate it: git refs migrate --ref-format=files"
        ),
    ]

    /// git honours some extensions in format version 0 too, where the library ignores them.
    static func check(_ repository: OpaquePointer, path: String) throws(GitError) {
        let configuration = try GitPointer("read configuration", path, free: git_config_free) {
            git_repository_config_snapshot(&$0, repository)
        }
        for (name, reason, remedy) in explanations {
            var value: UnsafePointer<CChar>?
            guard
                git_config_get_string(&value, configuration.raw, "extensions.\(name)") == 0,
                let value
            else { continue }
            let text = String(cString: value).lowercased()
            let isDefault = ["", "false", "0", "no", "off", "sha1", "files"].contains(text)
            guard isDefault else { throw refusal(path, reason, remedy) }
        }
        try checkPromisors(configuration.raw, path: path)
    }

    private static func checkPromisors(
        _ configuration: OpaquePointer, path: String
    ) throws(GitError) {
        var iterator: OpaquePointer?
        try LibGit2.check(
            git_config_iterator_glob_new(&iterator, configuration, "^remote\\..*\\.promisor$"),
            "read configuration", path)
        defer { git_config_iterator_free(iterator) }
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, iterator) == 0, let entry {
            var isPromisor: CInt = 0
            // A name without a value is true; what cannot be parsed is not known to be false.
            guard
                git_config_parse_bool(&isPromisor, entry.pointee.value) != 0 || isPromisor != 0
            else { continue }
            throw refusal(path, explanations[1].reason, explanations[1].remedy)
        }
    }

    /// The library's own refusal, with the reason and the remedy.
    static func explained(_ error: GitError) -> GitError {
        let text = error.reason.lowercased()
        guard text.contains("extension") || text.contains("repository version") else {
            return error
        }
        for (name, reason, remedy) in explanations where text.contains(name) {
            return refusal(error.subject, reason, remedy)
        }
        return refusal(error.subject, error.reason, "Use a repository in git's default format")
    }

    private static func refusal(_ path: String, _ reason: String, _ remedy: String) -> GitError {
        GitError(
            .unsupportedRepository, operation: "open repository", subject: path, reason: reason,
            remedy: remedy)
    }
}
