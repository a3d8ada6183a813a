internal import RunModel

/// Ways around hooks and checks of version control and package managers.
struct HookBypass: PatternRule {
    let metadata = RuleMetadata(
        id: "hook-bypass", category: .code, severity: .high, action: .block,
        title: "Checks of a tool bypassed",
        rationale:
            "The option exists to skip exactly the check that someone set up for this place.",
        remedy: "Fix what the check complains of, or change the check in a change of its own.")

    private static let files = FileFilter.shellLike
        .union(FileFilter(extensions: ["json", "toml", "yml", "yaml"]))
        .excluding([.test, .testData, .documentation, .vendored])

    let patterns: [ContentPattern] = [
        .code("\\bgit\\b[^\\n]{0,120}--no-verify\\b", files: files),
        .code(
            "\\bgit\\b[^\\n]{0,80}(core\\.hooksPath|--no-gpg-sign\\b|commit\\.gpgsign[= \\t]+false)",
            files: files),
        .code(
            "\\b(HUSKY(_SKIP_HOOKS)?=[01]\\b|SKIP=[a-z,-]+[ \\t]+git\\b|HUSKY_SKIP_INSTALL=)",
            files: files),
        .code("\\b(LEFTHOOK=0|PRE_COMMIT_ALLOW_NO_CONFIG=1|OVERCOMMIT_DISABLE=1)\\b", files: files),
        .code(
            "\\bcargo[ \\t]+publish\\b[^\\n]*--no-verify|\\bgo[ \\t]+env[ \\t]+-w[ \\t]+GO(NOSUMDB|NOSUMCHECK|FLAGS=-insecure|INSECURE)|\\bGO(NOSUMCHECK|NOSUMDB|INSECURE)=|\\bGOSUMDB=[\"']?off",
            files: files),
    ]

    func message(for match: ContentMatch) -> String { "a check is skipped by an option" }

    var examples: [RuleExample] {
        [
            .violating("a commit", head: ["release.sh": "git commit --no-verify -m release\n"]),
            .violating(
                "in a package script",
                head: ["package.json": "{\"scripts\": {\"r\": \"HUSKY=0 npm publish\"}}\n"]),
            .violating("sums of Go modules", head: ["ci.yml": "  - run: GOSUMDB=off go build\n"]),
            .clean("a plain commit", head: ["release.sh": "git commit -m release\n"]),
            .clean("in prose", head: ["CONTRIBUTING.md": "Do not use git commit --no-verify.\n"]),
        ]
    }
}
