/// Resolves the revisions that need no object: `HEAD`, a branch, a tag, a whole object id.
/// Whatever needs more (`HEAD~1`, `WORKTREE`, an abbreviated id) is left to the full tool.
struct ReferenceReader {
    let repository: RepositoryLocator

    /// The object's id: a commit, or an annotated tag.
    func object(named revision: String) -> String? {
        if ObjectName.isWhole(revision) { return revision }
        guard Self.isPlainName(revision) else { return nil }
        // git's order (gitrevisions(7)); `HEAD` belongs to the worktree, the rest to all of them.
        if revision == "HEAD" { return follow(revision, directory: repository.gitDirectory) }
        let candidates =
            revision.hasPrefix("refs/")
            ? [revision]
            : ["refs/\(revision)", "refs/tags/\(revision)", "refs/heads/\(revision)"]
        let found = candidates.compactMap { follow($0, directory: repository.commonDirectory) }
        // An ambiguous name is for the tool, which says so.
        return found.count == 1 ? found[0] : nil
    }

    private func follow(_ name: String, directory: String, depth: Int = 0) -> String? {
        guard depth < 5 else { return nil }
        if let line = SmallFile.firstLine("\(directory)/\(name)") {
            guard line.hasPrefix("ref: ") else { return ObjectName.isWhole(line) ? line : nil }
            let target = String(line.dropFirst("ref: ".count))
            guard target.hasPrefix("refs/"), Self.isPlainName(target) else { return nil }
            return follow(target, directory: repository.commonDirectory, depth: depth + 1)
        }
        return packed(name)
    }

    private func packed(_ name: String) -> String? {
        let path = repository.commonDirectory + "/packed-refs"
        guard let text = SmallFile.text(path, byteLimit: 4 << 20) else { return nil }
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard line.count == 41 + name.utf8.count, line.dropFirst(41).elementsEqual(name.utf8)
            else { continue }
            let id = String(Substring(line.prefix(40)))
            return ObjectName.isWhole(id) ? id : nil
        }
        return nil
    }

    /// Names that git would accept for a reference and that stay beneath the directory.
    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "WORKTREE" && name != "@"
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && !$0.hasPrefix(".")
            }
            && name.utf8.allSatisfy { $0 > 0x20 && !#"~^:?*[\@{"#.utf8.contains($0) }
    }
}
