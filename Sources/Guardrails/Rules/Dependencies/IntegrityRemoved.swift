internal import RunModel

/// Lock files whose entries lose their digests.
struct IntegrityRemoved: Rule {
    let metadata = RuleMetadata(
        id: "integrity-removed", category: .dependencies, severity: .high, action: .block,
        title: "Digests removed from a lock file",
        rationale: """
            The digest is what makes an install fail when a package was replaced. Without it, the \
            lock pins a name.
            """,
        remedy: "Let the package manager write the lock file anew.",
        languages: ["Cargo", "Go", "npm", "Python", "Yarn"])

    /// What begins an entry and what holds its digest.
    private static let formats: [(names: Set<String>, entry: String, digest: String)] = [
        (["package-lock.json", "npm-shrinkwrap.json"], "\"resolved\": \"http", "\"integrity\":"),
        (["yarn.lock"], "  resolved \"http", "  integrity "),
        (["pnpm-lock.yaml"], "resolution: {", "integrity: sha"),
        (["cargo.lock"], "source = \"registry", "checksum = "),
        (["poetry.lock", "uv.lock", "pdm.lock"], "[[package]]", "hash = \"sha"),
        (["pipfile.lock"], "\"version\": \"==", "\"sha256:"),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            guard let base = file.base.text, let head = file.head.text else { continue }
            let name = PathName(file.path)
            if let format = Self.formats.first(where: { $0.names.contains(name.lowered) }) {
                let before = Self.missing(base, format.entry, format.digest)
                let after = Self.missing(head, format.entry, format.digest)
                if after > before {
                    findings.add(
                        file, at: .wholeFile, "\(after - before) entries have no digest any more")
                }
            } else if DependencyFile.ecosystem(of: file.path) == .pypi,
                Self.count(base, "--hash=") > 0, Self.count(head, "--hash=") == 0,
                head.lineCount > 0
            {
                findings.add(file, at: .wholeFile, "the requirements have no digests any more")
            } else if name.lowered == "go.sum" {
                let gone = file.removedLines.count { base.string(ofLine: $0).contains(" h1:") }
                if head.lineCount == 0, gone > 0 {
                    findings.add(file, at: .wholeFile, "the sums of all modules are removed")
                }
            }
        }
    }

    /// Entries without a digest; entries with several do not make up for others.
    private static func missing(_ text: FileText, _ entry: String, _ digest: String) -> Int {
        // Cargo's first format has the digests of all entries at the end of the file.
        let atEnd = digest == "checksum = " ? count(text, "\"checksum ") : 0
        if atEnd > 0 { return max(0, count(text, entry) - atEnd) }
        var missing = 0
        var isOpen = false
        for number in 1...max(text.lineCount, 1) where number <= text.lineCount {
            let line = String(decoding: text.line(number).prefix(2_000), as: UTF8.self)
            if line.contains(entry) {
                if isOpen { missing += 1 }
                isOpen = true
            }
            if line.contains(digest) { isOpen = false }
        }
        return missing + (isOpen ? 1 : 0)
    }

    private static func count(_ text: FileText, _ word: String) -> Int {
        (1...max(text.lineCount, 1)).count {
            $0 <= text.lineCount && text.string(ofLine: $0).contains(word)
        }
    }

    var examples: [RuleExample] {
        let entry = "\"resolved\": \"https://registry.npmjs.org/a/-/a-1.tgz\",\n"
        let index = "registry+https://github.com/rust-lang/crates.io-index"
        func package(_ name: String) -> String {
            "[[package]]\nname = \"\(name)\"\nversion = \"1.0.0\"\nsource = \"\(index)\"\n\n"
        }
        func metadata(_ name: String) -> String {
            "\"checksum \(name) 1.0.0 (\(index))\" = \"00\"\n"
        }
        let cargo = package("a") + package("b")
        return [
            .violating(
                "npm",
                base: [
                    "package-lock.json": ExampleFile("{\n\(entry)\"integrity\": \"sha512-x\"\n}\n")
                ],
                head: ["package-lock.json": ExampleFile("{\n\(entry)}\n")]),
            .violating(
                "pip", base: ["requirements.txt": "a==1 --hash=sha256:00\n"],
                head: ["requirements.txt": "a==1\n"]),
            .violating(
                "Cargo's first format",
                base: ["Cargo.lock": ExampleFile(cargo + metadata("a") + metadata("b"))],
                head: ["Cargo.lock": ExampleFile(cargo + metadata("a"))]),
            .clean(
                "Cargo's first format gets an entry",
                base: ["Cargo.lock": ExampleFile(package("a") + metadata("a"))],
                head: ["Cargo.lock": ExampleFile(cargo + metadata("a") + metadata("b"))]),
            .clean(
                "an entry goes with its digest",
                base: [
                    "package-lock.json": ExampleFile("{\n\(entry)\"integrity\": \"sha512-x\"\n}\n")
                ],
                head: ["package-lock.json": "{\n}\n"]),
        ]
    }
}
