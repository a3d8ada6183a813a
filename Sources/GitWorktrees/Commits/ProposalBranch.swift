internal import CGit2

/// A branch that Drydock may write. There is no way to name any other: what a human merges into
/// is out of reach by construction.
package struct ProposalBranch: Sendable, Hashable, CustomStringConvertible {
    package static let prefix = "drydock/"

    /// Without `refs/heads/`.
    package let name: String

    /// - Parameter name: begins with `drydock/` and is one that git accepts.
    package init(_ name: String) throws(GitError) {
        try LibGit2.start()
        var isValid: CInt = 0
        let result = git_reference_name_is_valid(&isValid, "refs/heads/" + name)
        guard result == 0, isValid == 1, name.hasPrefix(Self.prefix),
            name.utf8.count > Self.prefix.utf8.count
        else {
            throw GitError(
                .refused, operation: "name branch", subject: name,
                reason: "Drydock writes only branches under '\(Self.prefix)'",
                remedy: "Use a name such as \(Self.prefix)fix-1")
        }
        self.name = name
    }

    package var reference: String { "refs/heads/" + name }
    package var description: String { name }
}
