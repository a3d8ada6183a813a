internal import RunModel

/// Symbolic links that lead out of the tree, or replace what was a file.
struct SymbolicLink: Rule {
    let metadata = RuleMetadata(
        id: "symlink-escape", category: .permissions, severity: .high, action: .block,
        title: "Symbolic link out of the tree",
        rationale: """
            What reads or writes through the link reaches files of the machine instead of the \
            repository's: a build writes to /etc, an archive step packs a private key.
            """,
        remedy: "Link within the repository, or copy the file.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.isSymbolicLink && !isUnchangedMove(file) {
            guard let target = file.head.text?.string else { continue }
            if Self.leavesTree(target, from: file.path) {
                findings.add(
                    file, at: .wholeFile, "the link leads out of the tree", evidence: target)
            } else if file.kind == .typeChanged {
                findings.add(
                    file, at: .wholeFile, "a file is replaced by a symbolic link",
                    evidence: target, certainty: .possible)
            }
        }
    }

    private func isUnchangedMove(_ file: ChangedFile) -> Bool {
        file.old?.blob == file.new?.blob && file.old?.path == file.new?.path
    }

    /// Follows the target component by component; a target through another link of the tree is
    /// judged by its text alone, which is what a checkout on another machine would do.
    static func leavesTree(_ target: String, from path: String) -> Bool {
        guard !target.hasPrefix("/"), !target.hasPrefix("~"), !target.contains("\\"),
            !target.utf8.contains(0)
        else { return true }
        var depth = path.split(separator: "/").count - 1
        for component in target.split(separator: "/") {
            switch component {
            case ".": continue
            case "..": depth -= 1
            case ".git" where depth == 0: return true
            default: depth += 1
            }
            if depth < 0 { return true }
        }
        return false
    }

    var examples: [RuleExample] {
        [
            .violating(
                "an absolute target", head: ["config": .symbolicLink(to: "/etc/passwd")]),
            .violating(
                "a relative target above the root",
                head: ["a/b": .symbolicLink(to: "../../secrets")]),
            .violating("into the git directory", head: ["h": .symbolicLink(to: ".git/hooks")]),
            .violating(
                "a file becomes a link",
                base: ["a.txt": "text\n", "b.txt": "b\n"],
                head: ["a.txt": .symbolicLink(to: "b.txt"), "b.txt": "b\n"]),
            .clean(
                "within the tree", base: ["CLAUDE.md": "x\n"],
                head: ["CLAUDE.md": "x\n", "docs/x.md": .symbolicLink(to: "../CLAUDE.md")]),
        ]
    }
}
