internal import RunModel

/// Comments that tell a linter, type checker or scanner to look away.
struct CheckSuppressed: PatternRule {
    let metadata = RuleMetadata(
        id: "check-suppressed", category: .code, severity: .low, action: .warn,
        title: "Check suppressed by a comment",
        rationale: """
            A comment that silences a tool arrives with the line that the tool objects to; for a \
            whole file, or for a security scanner, it also silences everything that comes later.
            """,
        remedy:
            "Fix what the tool says; where it is wrong, suppress that one message with a reason.",
        languages: [
            "C#", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby", "Rust", "Swift",
            "TypeScript",
        ])

    private static let files = FileFilter.sourceCode
        .excluding([.documentation, .vendored, .generated, .testData])

    /// For one line; the first `lineLevel` patterns.
    private static let lineLevel = 3

    let patterns = [
        ContentPattern(
            "#[ \\t]*(type:[ \\t]*ignore|noqa\\b|pylint:[ \\t]*disable|pyright:[ \\t]*ignore|pragma:[ \\t]*no cover)",
            ignoresCase: true, files: files),
        ContentPattern(
            "(eslint-disable-(next-)?line|@ts-ignore|@ts-expect-error|tslint:disable-|prettier-ignore|istanbul ignore|c8 ignore|biome-ignore)",
            files: files),
        ContentPattern(
            "(//[ \\t]*nolint\\b|rubocop:[ \\t]*disable|@SuppressWarnings|@Suppress\\(|swiftlint:disable:(next|this|previous)|phpcs:ignore|@phpstan-ignore|#pragma warning[ \\t]+disable|#\\[allow\\(|#\\[expect\\()",
            files: files),
        // Whole files.
        ContentPattern(
            "^[ \\t]*#[ \\t]*(flake8:[ \\t]*noqa[ \\t]*$|mypy:[ \\t]*ignore-errors|pylint:[ \\t]*skip-file|type:[ \\t]*ignore[ \\t]*$|ruff:[ \\t]*noqa[ \\t]*$|pyright:[ \\t]*basic)",
            files: files),
        ContentPattern(
            "(^[ \\t]*/\\*[ \\t]*eslint-disable[ \\t]*\\*/|@ts-nocheck|swiftlint:disable[ \\t]+all|#!\\[allow\\((warnings|clippy::all|unsafe_code)|@file:Suppress|phpcs:ignoreFile|@phpstan-ignore-file)",
            files: files),
        // Security scanners.
        ContentPattern(
            "(#[ \\t]*nosec\\b|//[ \\t]*#nosec\\b|\\bNOSONAR\\b|nosemgrep|gitleaks:allow|lgtm\\[|codeql\\[|zizmor:[ \\t]*ignore|pragma:[ \\t]*allowlist secret)",
            files: .any),
    ]

    func message(for match: ContentMatch) -> String {
        switch match.pattern {
        case 0..<Self.lineLevel: "a check is suppressed for a line"
        case 5: "a security scanner is told to look away"
        default: "a check is suppressed for the whole file"
        }
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            let stern = match.pattern >= Self.lineLevel
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                action: stern && change.policy.actions[metadata.id] == nil ? .review : nil)
        }
    }

    var examples: [RuleExample] {
        [
            .violating("Python", head: ["a.py": "x = f()  # type: ignore\n"]),
            .violating("a whole file", head: ["a.ts": "// @ts-nocheck\nlet x = 1\n"]),
            .violating("Go", head: ["a.go": "x, _ := f() //nolint:errcheck\n"]),
            .violating("a security scanner", head: ["a.py": "h = md5(p)  # nosec\n"]),
            .clean("an ordinary comment", head: ["a.py": "x = f()  # types are ignored here\n"]),
            .clean(
                "it was there", base: ["a.py": "x = f()  # type: ignore\n"],
                head: ["a.py": "x = f(1)  # type: ignore\n"]),
        ]
    }
}
