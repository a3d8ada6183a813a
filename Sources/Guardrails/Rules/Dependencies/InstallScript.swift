internal import RunModel

/// Commands that run when a package is installed.
struct InstallScript: PatternRule {
    let metadata = RuleMetadata(
        id: "install-script", category: .dependencies, severity: .high, action: .block,
        title: "Script that runs at installation",
        rationale: """
            It runs on every developer's and every build machine before anyone has seen it work, \
            with their credentials in reach.
            """,
        remedy: "Do the work in an explicit build step.",
        languages: ["Composer", "npm", "Python"])

    private static let packages = FileFilter(
        names: ["package.json"], excluding: [.test, .testData, .vendored, .sample])

    let patterns = [
        ContentPattern(
            "\"(preinstall|install|postinstall)\"[ \\t]*:[ \\t]*\"[^\"\\n]", files: packages),
        ContentPattern(
            "\"(prepare|prepack|prepublish)\"[ \\t]*:[ \\t]*\"[^\"\\n]", files: packages,
            certainty: .possible, confirm: Self.unusual),
        ContentPattern(
            "\"(post|pre)-(install|update|autoload-dump)-cmd\"[ \\t]*:",
            files: FileFilter(names: ["composer.json"], excluding: [.test, .testData])),
        ContentPattern(
            "\\bcmdclass[ \\t]*=|class[ \\t]+[A-Za-z_]+\\([a-z_.]*(install|develop|egg_info)\\)",
            files: FileFilter(names: ["setup.py"], excluding: [.test, .testData, .vendored]),
            certainty: .possible),
        ContentPattern(
            "\"hasInstallScript\"[ \\t]*:[ \\t]*true", files: FileFilter(requiring: .lockFile),
            certainty: .possible),
    ]

    func message(for match: ContentMatch) -> String {
        "a command runs when the package is installed"
    }

    /// Building and hooks are what `prepare` is for.
    private static func unusual(_ candidate: ContentCandidate) -> Range<Int>? {
        let line = candidate.string
        return ["husky", "build", "tsc", "rollup", "patch-package", "simple-git-hooks", "lefthook"]
            .contains { line.contains($0) } ? nil : candidate.wholeLine
    }

    var examples: [RuleExample] {
        [
            .violating(
                "npm", base: ["package.json": "{\n\"scripts\": {\n}\n}\n"],
                head: ["package.json": "{\n\"scripts\": {\n\"postinstall\": \"node s.js\"\n}\n}\n"]),
            .violating(
                "Python",
                head: [
                    "setup.py":
                        "class Post(install):\n    pass\nsetup(cmdclass={'install': Post})\n"
                ]),
            .violating(
                "Composer",
                head: ["composer.json": "{\"scripts\": {\"post-install-cmd\": \"x\"}}\n"]),
            .clean(
                "a build script", head: ["package.json": "{\"scripts\": {\"build\": \"tsc\"}}\n"]),
        ]
    }
}
