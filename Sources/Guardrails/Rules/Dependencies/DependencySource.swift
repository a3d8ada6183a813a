internal import RunModel

/// Packages that come from somewhere else than the registry.
struct DependencySource: Rule {
    let metadata = RuleMetadata(
        id: "dependency-source", category: .dependencies, severity: .high, action: .block,
        title: "Package from outside the registry",
        rationale: """
            A repository, an archive or a second registry has none of the registry's guarantees: \
            its content can change, and a private name can be taken by a stranger there.
            """,
        remedy: "Use a released version from the registry, or vendor the code openly.",
        languages: ["Bundler", "Cargo", "Composer", "Go", "npm", "Python", "SwiftPM"])

    private static let lockFiles = FileFilter(requiring: .lockFile, excluding: [.test, .testData])
    private static let configuration = FileFilter(
        extensions: ["txt", "in", "toml", "cfg", "npmrc", "yarnrc", "gradle", "kts", "xml"],
        names: [
            "pipfile", "gemfile", ".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf", "composer.json",
            "dockerfile", "makefile",
        ],
        excluding: [.test, .testData, .documentation])

    let patterns = [
        ContentPattern(
            "(--(extra-)?index-url|--find-links|--trusted-host|index-url[ \\t]*=|extra-index-url[ \\t]*=|^[ \\t]*registry[ \\t]*=|npmRegistryServer:|replace-with[ \\t]*=)",
            files: configuration, confirm: Self.otherRegistry),
        ContentPattern(
            "(\"resolved\":[ \\t]*\"|resolved[ \\t]+\"|resolution:[ \\t]*\\{tarball:[ \\t]*)[a-z+]*(http|https|git|ssh)[:+]",
            files: lockFiles, identity: .text, confirm: Self.otherHost),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                match.pattern == 0
                    ? "another package registry is used" : "a package is fetched from another host")
        }
        for changes in DependencyChanges.all(in: change) {
            let moved = changes.changed.filter { $0.old.source != $0.new.source }.map(\.new)
            for entry in changes.added + moved {
                guard let source = entry.source else { continue }
                let isInsecure = source.contains("http://") || source.contains("git://")
                let isLocal =
                    source.hasPrefix("file:") || source.hasPrefix("./")
                    || source.hasPrefix("../") || source.hasPrefix("link:")
                    || source.hasPrefix("workspace:")
                if isLocal, !Self.leavesTree(source, from: changes.file.path) { continue }
                findings.add(
                    changes.file, at: .line(entry.line, .head),
                    "\(entry.name) comes from \(isLocal ? "outside the tree" : "outside the registry")",
                    evidence: source,
                    certainty: isInsecure || moved.contains { $0.line == entry.line }
                        ? .certain : .possible)
            }
        }
    }

    private static func leavesTree(_ source: String, from path: String) -> Bool {
        let place = source.split(separator: ":").last.map(String.init) ?? source
        return SymbolicLink.leavesTree(place, from: path)
    }

    private static let registries = [
        "pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "registry.yarnpkg.com",
        "rubygems.org", "crates.io", "repo.maven.apache.org", "repo1.maven.org", "proxy.golang.org",
        "packagist.org", "plugins.gradle.org", "npm.jsr.io", "codeload.github.com",
    ]

    private static func otherRegistry(_ candidate: ContentCandidate) -> Range<Int>? {
        let line = candidate.string
        guard !candidate.isComment, line.contains("://") || line.contains("--trusted-host") else {
            return nil
        }
        return registries.contains { line.contains($0) } && !line.contains("http://")
            ? nil : candidate.wholeLine
    }

    private static func otherHost(_ candidate: ContentCandidate) -> Range<Int>? {
        let line = candidate.string
        let isSecure = !line.contains("http://") && !line.contains("git://")
        return isSecure && registries.contains { line.contains("//\($0)/") }
            ? nil : candidate.wholeLine
    }

    var examples: [RuleExample] {
        [
            .violating(
                "another index", base: ["requirements.txt": "flask\n"],
                head: ["requirements.txt": "--extra-index-url https://pkg.corp.net/simple\nflask\n"]
            ),
            .violating(
                "a repository instead of the release",
                base: ["package.json": "{\n\"dependencies\": {\n\"a\": \"1.0.0\"\n}\n}\n"],
                head: [
                    "package.json":
                        "{\n\"dependencies\": {\n\"a\": \"git+https://github.com/x/a\"\n}\n}\n"
                ]),
            .violating(
                "another host in a lock file",
                head: [
                    "package-lock.json":
                        "{\n\"resolved\": \"https://evil.net/a-1.0.0.tgz\",\n}\n"
                ]),
            .violating(
                "a replaced module", base: ["go.mod": "module m\n"],
                head: ["go.mod": "module m\n\nreplace a.org/x => github.com/y/x v1.0.0\n"]),
            .clean(
                "the registry",
                head: [
                    "package-lock.json":
                        "{\n\"resolved\": \"https://registry.npmjs.org/a/-/a-1.0.0.tgz\",\n}\n"
                ]),
            .clean(
                "a package of the same repository",
                base: ["crates/a/Cargo.toml": "[dependencies]\n"],
                head: ["crates/a/Cargo.toml": "[dependencies]\nb = { path = \"../b\" }\n"]),
        ]
    }
}
