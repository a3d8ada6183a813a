internal import Glibc

/// The `.gitattributes` and `.gitignore` of a directory, which decide how the rest is read.
extension TreeAssembler {
    private static let ignoreName = Array(".gitignore".utf8)
    /// git reads no larger ones either (since 2.31, attributes of 100 MB).
    private static let rulesByteLimit = 16 << 20

    /// Makes the rules of a directory count. Its ignore rules must be popped on the way out.
    mutating func enter(
        _ place: Place, _ repository: borrowing RepositoryHandle
    ) throws(GitError) {
        let attributes = try rules(CheckoutPlan.attributesName, of: place, repository)
        let path = place.childPath(CheckoutPlan.attributesName)
        if let attributes {
            let blob = try repository.writeBlob(attributes, subject: PathText.text(path))
            try conversion.setAttributes(path, to: blob)
        } else if conversion.isNeeded {
            try conversion.setAttributes(path, to: nil)
        }
        let ignores = try rules(Self.ignoreName, of: place, repository)
        ignoreRules.push(directory: place.path, content: ignores ?? [])
    }

    /// The content of a rules file in the merged view. A link is not followed, as in git.
    private func rules(
        _ name: [UInt8], of place: Place, _ repository: borrowing RepositoryHandle
    ) throws(GitError) -> [UInt8]? {
        for layer in place.layers {
            guard let status = try layer.handle.status(of: name) else { continue }
            guard status.st_mode & S_IFMT == S_IFREG else { return nil }
            return try FileReader(name, in: layer.handle).content(byteLimit: Self.rulesByteLimit)
        }
        guard let tree = place.inherited,
            let entry = try repository.entry(atPath: name, inTree: tree),
            entry.mode == TreeEntry.fileMode || entry.mode == TreeEntry.executableMode
        else { return nil }
        return try repository.withBlob(entry.id, byteLimit: Self.rulesByteLimit) { Array($0) }
    }
}
