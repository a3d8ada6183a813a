internal import CGit2
internal import Glibc

/// Whose repositories are opened.
///
/// git refuses a repository of another user because it would run what that user configured.
/// Drydock runs nothing of a repository's on the host, but it would still follow the repository's
/// `alternates` with its own rights, so the rule is git's (git-config(1), `safe.directory`): the
/// directory must belong to the caller, or under sudo to the one who called sudo, or be named by
/// `safe.directory` in the caller's own or the system's git configuration.
package enum RepositoryTrust: Sendable {
    case callersOwn
    /// The operator named this repository.
    case namedByOperator
}

enum RepositoryOwnership {
    /// - Parameters:
    ///   - paths: the git directory, and the working directory where there is one.
    ///   - repository: the path that `safe.directory` would name.
    static func check(_ paths: [String], repository: String) throws(GitError) {
        for path in paths {
            var status = stat()
            guard lstat(path, &status) == 0 else {
                throw GitError(
                    .system, operation: "look at the owner", subject: path,
                    reason: String(cString: strerror(errno)))
            }
            guard !permittedOwners.contains(status.st_uid) else { continue }
            if isListedAsSafe(repository) { return }
            throw GitError(
                .foreignOwner, operation: "open repository", subject: path,
                reason: "it belongs to user id \(status.st_uid), Drydock runs as \(geteuid())",
                remedy: "Run as its owner, or permit it: "
                    + "git config --global --add safe.directory '\(repository)'")
        }
    }

    private static var permittedOwners: Set<uid_t> {
        let own = geteuid()
        // SUDO_UID is trusted as git does it: whoever can set root's environment is root.
        guard own == 0, let text = getenv("SUDO_UID"), let caller = uid_t(String(cString: text))
        else { return [own] }
        return [own, caller]
    }

    private static func isListedAsSafe(_ repository: String) -> Bool {
        var files = ["/etc/gitconfig"]
        if let home = getenv("HOME") {
            files += ["\(String(cString: home))/.gitconfig"]
            let configured = getenv("XDG_CONFIG_HOME").map { String(cString: $0) }
            files.append("\(configured ?? "\(String(cString: home))/.config")/git/config")
        }
        var isSafe = false
        for file in files where access(file, R_OK) == 0 {
            // An unreadable or malformed file permits nothing.
            guard let values = try? ConfigurationValues(file: file, name: "safe.directory") else {
                continue
            }
            for value in values.all {
                if value.isEmpty {
                    isSafe = false  // An empty value clears the list, as in git.
                } else if value == "*" || value == repository
                    || (value.hasSuffix("/*") && repository.hasPrefix(String(value.dropLast())))
                {
                    isSafe = true
                }
            }
        }
        return isSafe
    }
}

/// All values of one name in one configuration file.
struct ConfigurationValues {
    private(set) var all: [String] = []

    init(file: String, name: String) throws(GitError) {
        let configuration = try GitPointer(
            "read configuration", file, free: git_config_free
        ) { git_config_open_ondisk(&$0, file) }
        try self.init(configuration: configuration.raw, name: name)
    }

    init(configuration: OpaquePointer, name: String) throws(GitError) {
        var iterator: OpaquePointer?
        let result = git_config_multivar_iterator_new(&iterator, configuration, name, nil)
        if result == GIT_ENOTFOUND.rawValue { return }
        try LibGit2.check(result, "read configuration", name)
        defer { git_config_iterator_free(iterator) }
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, iterator) == 0, let value = entry?.pointee.value {
            all.append(String(cString: value))
        }
    }
}
