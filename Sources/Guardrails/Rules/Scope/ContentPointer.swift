internal import RunModel

/// Submodules and LFS pointers: content that is not in the tree that was judged.
struct ContentPointer: Rule {
    let metadata = RuleMetadata(
        id: "content-pointer", category: .scope, severity: .medium, action: .review,
        title: "Pointer to content outside the tree",
        rationale: """
            A submodule or a large-file pointer brings content that no rule has seen; moving it one \
            commit can change everything.
            """,
        remedy: "Review what it points to, in a change of its own.")

    private static let mark = Array("version https://git-lfs.github.com/spec/".utf8)

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            if case .submodule(let commit) = file.head {
                if case .submodule(commit) = file.base { continue }
                findings.add(
                    file, at: .wholeFile, "a submodule points to another commit", evidence: commit)
            } else if let text = file.head.text, text.bytes.starts(with: Self.mark),
                file.old?.blob != file.new?.blob
            {
                findings.add(file, at: .wholeFile, "a large-file pointer replaces content")
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a submodule moves",
                base: ["lib": .submodule(commit: String(repeating: "a", count: 40))],
                head: ["lib": .submodule(commit: String(repeating: "b", count: 40))]),
            .violating(
                "a pointer",
                head: [
                    "model.bin":
                        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
                ]),
            .clean("an ordinary file", head: ["a.txt": "a\n"]),
        ]
    }
}
