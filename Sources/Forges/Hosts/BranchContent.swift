package import Foundation

/// What a new branch is to hold, for forges that write one through their own interface.
package struct BranchContent: Codable, Sendable, Equatable {
    /// Larger changes are git's alone.
    package static let bytesMax = 16 << 20

    package struct File: Codable, Sendable, Equatable {
        package var path: String
        /// As git writes it, such as `100644`.
        package var mode: String
        /// The same in the parent; `nil` where the file is new.
        package var oldMode: String?
        /// `nil` where the file is removed.
        package var content: Data?

        package init(path: String, mode: String, oldMode: String?, content: Data?) {
            self.path = path
            self.mode = mode
            self.oldMode = oldMode
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

extension HostedForge {
    /// Makes a branch once: what is there with the same tree is left as it is, and an answer that got
    /// lost is looked for.
    func made(
        _ content: BranchContent, _ operation: String, _ make: () async throws -> String
    ) async throws -> String {
        if let there = try await branch(content.branch) {
            guard there.tree == content.tree else {
                throw ForgeError(
                    operation: operation, subject: content.branch,
                    reason: "it is there with another tree, \(there.tree)",
                    remedy: "Delete it there if nobody needs it; Drydock never forces")
            }
            return there.commit
        }
        do { return try await make() } catch let error as ForgeError
            where error.kind == .unreachable || error.kind == .refused
        {
            // The answer was lost, or another process was faster.
            guard let there = try? await branch(content.branch), there.tree == content.tree else {
                throw error
            }
            return there.commit
        }
    }
}
