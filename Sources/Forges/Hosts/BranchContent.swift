package import Foundation

/// What a new branch is to hold, for forges that write one through their own interface.
package struct BranchContent: Codable, Sendable, Equatable {
    /// Larger changes are git's alone.
    package static let bytesMax = 16 << 20

    package struct File: Codable, Sendable, Equatable {
        package var path: String
        /// As git writes it, such as `100644`.
        package var mode: String
        /// `nil` where the file is removed.
        package var content: Data?

        package init(path: String, mode: String, content: Data?) {
            self.path = path
            self.mode = mode
            self.content = content
        }
    }

    package var branch: String
    /// The commit that it follows, and its tree.
    package var parent: String
    package var parentTree: String
    package var message: String
    package var files: [File]
    /// The tree that must come of it: exactly what was verified.
    package var tree: String

    package init(
        branch: String, parent: String, parentTree: String, message: String, files: [File],
        tree: String
    ) {
        self.branch = branch
        self.parent = parent
        self.parentTree = parentTree
        self.message = message
        self.files = files
        self.tree = tree
    }
}
