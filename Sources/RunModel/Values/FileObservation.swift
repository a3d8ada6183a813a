/// Which files of a worktree a run opened or executed.
package struct FileObservation: Codable, Sendable, Equatable {
    package enum Method: String, Codable, Sendable, CaseIterable {
        /// The kernel told of every file of the worktree's file system (root).
        case fanotify
        /// Every `open` and `execve` was looked at on its way (rootless).
        case seccomp
    }

    package var method: Method
    /// Relative to the worktree's root, sorted; files that the run made itself are among them.
    package var paths: [String] = []
    /// Whether there were more than could be followed: then `paths` is not all.
    package var hasOverflowed = false
    /// Why nothing could be seen, when that is so.
    package var failure: String?

    package init(method: Method) { self.method = method }

    package enum CodingKeys: String, CodingKey {
        case method, paths
        case hasOverflowed = "overflowed"
        case failure
    }
}
