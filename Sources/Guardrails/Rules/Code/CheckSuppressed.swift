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
        // The tool's own configuration: a rule off for everyone.
        ContentPattern(
            "^[ \\t]*[\"']?(strict|strictNullChecks|noImplicitAny|noUnusedLocals|checkJs|noFallthroughCasesInSwitch|alwaysStrict)[\"']?[ \\t]*:[ \\t]*false\\b",
            files: FileFilter(names: ["tsconfig.json", "tsconfig.base.json", "jsconfig.json"])),
        ContentPattern(
            "[\"'][a-z@][a-zA-Z0-9@/-]*[\"'][ \\t]*:[ \\t]*(\\[[ \\t]*)?([\"']off[\"']|0\\b)",
            files: FileFilter(
                names: [
                    ".eslintrc", ".eslintrc.json", ".eslintrc.js", ".eslintrc.cjs", ".eslintrc.yml",
                    "eslint.config.js", "eslint.config.mjs", "eslint.config.ts", "biome.json",
                    "tslint.json",
                ])),
        ContentPattern(
            "^[ \\t]*(ignore|extend-ignore|extend_ignore|per-file-ignores|disable|skips|ignore_errors|ignore_missing_imports|disallow_untyped_defs[ \\t]*=[ \\t]*false|disable_error_code|disabled_rules|opt_out_rules|exclude-rules|ignoreErrors|excluded)[ \\t]*[:=]",
            ignoresCase: true,
            files: FileFilter(
                names: [
                    ".flake8", "setup.cfg", "tox.ini", "pyproject.toml", "ruff.toml", ".ruff.toml",
                    "mypy.ini", ".mypy.ini", ".pylintrc", "pylintrc", ".bandit", "bandit.yaml",
                    ".golangci.yml", ".golangci.yaml", ".swiftlint.yml", "phpstan.neon",
                    "phpstan.neon.dist", "detekt.yml",
                ]), confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "^[ \\t]+Enabled:[ \\t]*false\\b",
            files: FileFilter(names: [".rubocop.yml", ".rubocop_todo.yml"])),
    ]

    func message(for match: ContentMatch) -> String {
        switch match.pattern {
        case 0..<Self.lineLevel: "a check is suppressed for a line"
        case 5: "a security scanner is told to look away"
        case 6...: "a check is switched off for the project"
        default: "a check is suppressed for the whole file"
        }
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            let stern = match.pattern >= Self.lineLevel || Self.isAllThatChanged(match)
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                action: stern && change.policy.actions[metadata.id] == nil ? .review : nil)
        }
    }

    private static let marks = [
        "#type:ignore", "#noqa", "#pylint:", "#pyright:", "#pragma:nocover", "//nolint",
        "//eslint-", "/*eslint-", "//@ts-", "//tslint:", "//prettier-ignore", "/*istanbul",
        "/*c8", "//biome-ignore", "#rubocop:", "//swiftlint:", "//phpcs:", "@SuppressWarnings",
        "@Suppress(", "#pragmawarning", "#[allow(", "#[expect(",
    ]

    /// Whether the lines of the match's hunk are the old ones but for such comments: the tool
    /// spoke of code that stays as it is.
    private static func isAllThatChanged(_ match: ContentMatch) -> Bool {
        guard match.side == .head, let head = match.file.head.text,
            let hunk = match.file.hunk(containing: match.line, on: .head), hunk.head.count <= 40
        else { return false }
        func code(_ text: FileText?, _ lines: Range<Int>) -> [String] {
            lines.compactMap { number in
                guard let text else { return nil }
                var line = text.string(ofLine: number).filter { $0 != " " && $0 != "\t" }
                for mark in marks {
                    guard let range = line.firstRange(of: mark) else { continue }
                    line = String(line[..<range.lowerBound])
                }
                return line.isEmpty ? nil : line
            }
        }
        return code(match.file.base.text, hunk.base) == code(head, hunk.head)
            && match.file.base.text != nil
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
