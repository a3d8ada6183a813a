package import RunModel

extension RepositoryHandle {
    /// The file at a path of a tree, found by descending; the tree is not walked.
    package func file(at path: String, inTree tree: ObjectID) throws(GitError) -> TreeFile? {
        for candidate in PathText.candidates(path) {
            guard let entry = try entry(atPath: candidate, inTree: tree), !entry.isDirectory else {
                continue
            }
            return TreeFile(path: path, blob: entry.id.description, mode: entry.mode)
        }
        return nil
    }

    /// Names of the entries of one directory, "" for the root; empty when there is none.
    package func entryNames(
        inDirectory directory: String, ofTree tree: ObjectID
    ) throws(GitError) -> [String] {
        for candidate in PathText.candidates(directory) {
            guard let entry = try entry(atPath: candidate, inTree: tree), entry.isDirectory else {
                continue
            }
            return try entries(ofTree: entry.id).map { PathText.text($0.name) }
        }
        return []
    }
}

extension GitRepository {
    package func file(at path: String, inTree tree: String) async throws -> TreeFile? {
        try withHandle { try $0.file(at: path, inTree: .parse(tree, operation: "find file")) }
    }

    package func entryNames(
        inDirectory directory: String, ofTree tree: String
    ) async throws -> [String] {
        try withHandle {
            try $0.entryNames(
                inDirectory: directory, ofTree: .parse(tree, operation: "list directory"))
        }
    }

    /// The tree of a revision, which may name a commit, a tag or a tree.
    package func tree(named revision: String) async throws -> String {
        try withHandle { try $0.tree(named: revision).description }
    }

    /// What a revision names for good: the id of its commit, or of its tree where it leads to none.
    package func commitOrTree(named revision: String) async throws -> String {
        try withHandle { try $0.commitOrTree(named: revision).description }
    }

    /// The tree of the commit where the lines of two revisions part.
    package func mergeBaseTree(of base: String, and head: String) async throws -> String {
        try withHandle { try $0.mergeBaseTree(of: base, and: head).description }
    }
}
