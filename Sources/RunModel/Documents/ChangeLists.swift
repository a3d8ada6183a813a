/// What a run changed in its worktree, by path relative to the worktree's root.
///
/// Paths that are not UTF-8 are written with `\xNN` for the bytes that are not.
package struct ChangeLists: Codable, Sendable, Equatable {
    package var added: [String] = []
    package var modified: [String] = []
    package var deleted: [String] = []
    package var renamed: [Rename] = []
    package var modeChanged: [ModeChange] = []
    /// Changed files that git ignores: not in the patch.
    package var ignored: [String] = []
    /// FIFOs, sockets, devices and nested repositories: dropped, but named.
    package var special: [String] = []

    package init() {}

    package var isEmpty: Bool {
        added.isEmpty && modified.isEmpty && deleted.isEmpty && renamed.isEmpty
            && modeChanged.isEmpty
    }

    package struct Rename: Codable, Sendable, Equatable {
        package var from: String
        package var to: String

        package init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    package struct ModeChange: Codable, Sendable, Equatable {
        package var path: String
        /// Octal, such as `100644`.
        package var from: String
        package var to: String

        package init(path: String, from: String, to: String) {
            self.path = path
            self.from = from
            self.to = to
        }
    }

    package enum CodingKeys: String, CodingKey {
        case added, modified, deleted, renamed
        case modeChanged = "mode_changed"
        case ignored, special
    }
}
