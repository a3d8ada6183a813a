internal import RunModel

/// Lock files that bring packages which no manifest asked for.
struct LockFileMismatch: Rule {
    let metadata = RuleMetadata(
        id: "lock-file-mismatch", category: .dependencies, severity: .high, action: .review,
        title: "Lock file changed without its manifest",
        rationale: """
            A package that appears in the lock file alone was put there by hand, or by an update \
            that nobody asked for; lock files are what gets installed, and nobody reads them.
            """,
        remedy: "Change the manifest and let the package manager write the lock file.",
        languages: ["Bundler", "Cargo", "Composer", "npm", "Python", "Yarn"])

    private static let manifests: [String: [String]] = [
        "package-lock.json": ["package.json"], "npm-shrinkwrap.json": ["package.json"],
        "yarn.lock": ["package.json"], "pnpm-lock.yaml": ["package.json"],
        "cargo.lock": ["Cargo.toml"], "poetry.lock": ["pyproject.toml"],
        "uv.lock": ["pyproject.toml"],
        "pipfile.lock": ["Pipfile"], "gemfile.lock": ["Gemfile"],
        "composer.lock": ["composer.json"],
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new != nil && file.old != nil {
            let name = PathName(file.path)
            guard let manifests = Self.manifests[name.lowered], let head = file.head.text,
                let base = file.base.text,
                file.traits.isDisjoint(with: [.test, .testData, .vendored, .sample])
            else { continue }
            // Workspaces keep manifests in many folders beside one lock file.
            let touched = change.files.contains { other in
                manifests.contains { PathName(other.path).lowered == $0.lowercased() }
            }
            guard !touched else { continue }
            let known = Set(Self.packages(base, name.lowered).map(\.name))
            let new = Self.packages(head, name.lowered).filter { !known.contains($0.name) }
            guard let first = new.first else { continue }
            findings.add(
                file, at: .line(first.line, .head),
                "\(new.count) packages appear in the lock file alone, first \(first.name)")
        }
    }

    private static func packages(
        _ text: FileText, _ fileName: String
    ) -> [(name: String, line: Int)] {
        var result: [(name: String, line: Int)] = []
        for number in 1...max(text.lineCount, 1) where number <= text.lineCount {
            let line = String(decoding: text.line(number).prefix(400), as: UTF8.self)
            if let name = packageName(line, fileName) { result.append((name, number)) }
        }
        return result
    }

    private static func packageName(_ line: String, _ fileName: String) -> String? {
        switch fileName {
        case "package-lock.json", "npm-shrinkwrap.json":
            let parts = line.split(separator: "\"")
            guard parts.count >= 2, parts[1].hasPrefix("node_modules/"), line.hasSuffix("{") else {
                return nil
            }
            return String(parts[1])
        case "yarn.lock", "pnpm-lock.yaml":
            guard line.first != " " || fileName == "pnpm-lock.yaml", line.hasSuffix(":"),
                let at = line.dropFirst(2).firstIndex(of: "@")
            else { return nil }
            return String(line[..<at].filter { $0 != "\"" && $0 != "'" && $0 != " " && $0 != "/" })
        case "gemfile.lock":
            return line.hasPrefix("    ") && !line.hasPrefix("     ")
                ? line.split(separator: " ").first.map(String.init) : nil
        case "composer.lock":
            return line.contains("\"name\": \"") ? line : nil
        default:
            return line.hasPrefix("name = \"") ? line : nil
        }
    }

    var examples: [RuleExample] {
        let base = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n"
        return [
            .violating(
                "a package of its own", base: ["Cargo.lock": ExampleFile(base)],
                head: ["Cargo.lock": ExampleFile(base + "[[package]]\nname = \"evil\"\n")]),
            .clean(
                "an update", base: ["Cargo.lock": ExampleFile(base)],
                head: ["Cargo.lock": "[[package]]\nname = \"a\"\nversion = \"1.0.1\"\n"]),
            .clean(
                "with its manifest",
                base: ["Cargo.lock": ExampleFile(base), "Cargo.toml": "[dependencies]\n"],
                head: [
                    "Cargo.lock": ExampleFile(base + "[[package]]\nname = \"b\"\n"),
                    "Cargo.toml": "[dependencies]\nb = \"1\"\n",
                ]),
        ]
    }
}
