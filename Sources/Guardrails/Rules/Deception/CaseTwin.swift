internal import RunModel

/// Names that differ only in case from another name in the same directory.
struct CaseTwin: Rule {
    let metadata = RuleMetadata(
        id: "case-twin", category: .deception, severity: .high, action: .block,
        title: "Name that differs from another only in case",
        rationale: """
            On a file system that ignores case the two are one file, and which content wins \
            depends on the order of checkout (CVE-2014-9390, CVE-2021-21300).
            """,
        remedy: "Give the file another name.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        var directories: [String: [String: Int]] = [:]
        for file in change.files {
            guard let path = file.new?.path, file.old?.path != path else { continue }
            var directory = ""
            for component in path.split(separator: "/") {
                if directories[directory] == nil {
                    let names = try await change.entryNames(inDirectory: directory, on: .head)
                    directories[directory] = Dictionary(
                        names.map { (Self.folded($0), 1) }, uniquingKeysWith: +)
                }
                if directories[directory]?[Self.folded(component)] ?? 0 > 1 {
                    findings.add(
                        file, at: .wholeFile, "another name differs from it only in case",
                        evidence: path)
                    break
                }
                directory += (directory.isEmpty ? "" : "/") + component
            }
            if path.split(separator: "/").contains(where: { Self.folded($0) == ".git" }) {
                findings.add(file, at: .wholeFile, "a name that is .git on some file systems")
            }
        }
    }

    /// As file systems fold: case, and the characters that HFS+ ignores.
    private static func folded(_ name: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        for scalar in name.lowercased().unicodeScalars {
            switch scalar.value {
            case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a twin of a file", base: ["src/util.py": "a = 1\n"],
                head: ["src/util.py": "a = 1\n", "src/Util.py": "a = 2\n"]),
            .violating(
                "a twin of a directory", base: ["src/a.py": "a = 1\n"],
                head: ["src/a.py": "a = 1\n", "SRC/b.py": "b = 1\n"]),
            .clean(
                "the same name in two directories", base: ["a/x.py": "a = 1\n"],
                head: ["a/x.py": "a = 1\n", "b/X.py": "a = 2\n"]),
        ]
    }
}
