internal import RunModel

/// Content that a reviewer cannot read.
struct BinaryFile: Rule {
    let metadata = RuleMetadata(
        id: "binary-file", category: .scope, severity: .medium, action: .review,
        title: "Unreadable content",
        rationale: """
            A binary file cannot be reviewed as a diff. Archives, libraries and byte code can carry \
            anything; a source file with a NUL byte is one that review tools refuse to show.
            """,
        remedy: "Build it from source, fetch it with a digest, or keep it out of the repository.")

    private static let programs: Set<String> = [
        "so", "dll", "dylib", "a", "o", "exe", "jar", "war", "class", "pyc", "pyo", "wasm", "whl",
        "egg", "gem", "deb", "rpm", "apk", "node", "bin", "zip", "tar", "tgz", "gz", "xz", "bz2",
        "7z", "zst", "pkl", "pickle",
    ]

    private static let archives: Set<String> = [
        "zip", "tar", "tgz", "gz", "xz", "bz2", "7z", "zst",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            guard let text = file.head.text, !file.isSymbolicLink, file.old?.blob != file.new?.blob,
                text.isBinary || file.head.text?.bytes.contains(0) == true
            else { continue }
            let name = PathName(file.path)
            if FileFilter.sourceCode.accepts(path: file.path, traits: file.traits) {
                findings.add(
                    file, at: .wholeFile, "a source file holds NUL bytes, review tools hide it",
                    action: change.policy.actions[metadata.id] ?? .block)
            } else if Self.programs.contains(name.fileExtension) {
                let isExpected =
                    !file.traits.isDisjoint(with: [.test, .testData]) || Self.isRepacked(file)
                findings.add(
                    file, at: .wholeFile, "a compiled or packed file",
                    action: isExpected && change.policy.actions[metadata.id] == nil ? .warn : nil)
            } else if !file.isMedia {
                findings.add(
                    file, at: .wholeFile, "a binary file", action: nonMediaAction(change, file))
            }
        }
    }

    /// An archive of the documentation that was there before: each release packs it again.
    private static func isRepacked(_ file: ChangedFile) -> Bool {
        file.traits.contains(.documentation) && archives.contains(PathName(file.path).fileExtension)
            && file.kind == .modified && file.base.text?.isBinary == true
    }

    /// Test data is often binary; elsewhere an unknown kind is worth a look.
    private func nonMediaAction(_ change: ChangeSetView, _ file: ChangedFile) -> RuleAction? {
        if change.policy.actions[metadata.id] != nil { return nil }
        return file.traits.isDisjoint(with: [.test, .testData, .documentation]) ? nil : .warn
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a library", head: ["lib/x.so": ExampleFile(bytes: [0x7F, 0x45, 0x4C, 0x46, 0])]),
            .violating(
                "a NUL byte hides a script from review",
                head: ["a.py": ExampleFile(bytes: Array("x = 1\0\nimport os\n".utf8))]),
            .clean(
                "a picture",
                head: ["logo.png": ExampleFile(bytes: [0x89, 0x50, 0x4E, 0x47, 0, 0])]),
            .clean("text", head: ["a.py": "x = 1\n"]),
        ]
    }
}
