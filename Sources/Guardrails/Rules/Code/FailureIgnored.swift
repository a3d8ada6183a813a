internal import RunModel

/// Failures of build and test commands that no longer count.
struct FailureIgnored: PatternRule {
    let metadata = RuleMetadata(
        id: "failure-ignored", category: .code, severity: .high, action: .block,
        title: "Failure of a check ignored",
        rationale:
            "A step whose failure does not count is not a check; it stays green whatever happens.",
        remedy: "Repair the step, or remove it openly.",
        languages: ["GitHub Actions", "GitLab CI", "Make", "Shell", "tox"])

    private static let pipelines = FileFilter(
        traits: .continuousIntegration,
        excluding: [.documentation, .vendored])
    private static let scripts = FileFilter.shell.union(.makefile)
        .union(FileFilter(names: ["package.json", "tox.ini", "noxfile.py", "jenkinsfile"]))
        .excluding([.testData, .documentation, .vendored])

    /// Commands whose failure is what a pipeline exists for.
    private static let checks =
        "(pytest|py\\.test|tox|nox|unittest|jest|vitest|mocha|npm[ \\t]+(run[ \\t]+)?(test|lint|ci)|yarn[ \\t]+(test|lint)|pnpm[ \\t]+(test|lint)|go[ \\t]+(test|vet)|cargo[ \\t]+(test|clippy|check|nextest)|swift[ \\t]+test|mvn|gradlew?|ctest|make[ \\t]+(check|test|lint)|rspec|rake|phpunit|mypy|pyright|ruff|flake8|pylint|eslint|tsc|golangci-lint|shellcheck|bandit|pip-audit|npm[ \\t]+audit|coverage)"

    let patterns: [ContentPattern] = [
        ContentPattern(
            "\\bcontinue-on-error[\"']?[ \\t]*:[ \\t]*[\"']?(true\\b|\\$\\{\\{)", files: pipelines,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\ballow_failure[\"']?[ \\t]*:[ \\t]*true\\b", files: pipelines,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\|\\|[ \\t]*(true|:|exit[ \\t]+0|echo\\b)", files: pipelines,
            confirm: Self.afterCheck),
        ContentPattern(
            "\\|\\|[ \\t]*(true|:|exit[ \\t]+0|echo\\b)|;[ \\t]*(true|exit[ \\t]+0)[ \\t\"']*$",
            files: scripts, confirm: Self.afterCheck),
        ContentPattern(
            "^[ \\t]*(-[ \\t]+)?(run:[ \\t]*)?set[ \\t]+\\+e\\b", files: pipelines,
            certainty: .possible,
            isCertain: { candidate in
                candidate.lines(1...12).contains { $0.contains("exit 0") }
            }, confirm: { $0.wholeLine }),
        // Paths and branches for which nothing runs: all of them.
        ContentPattern(
            "\\b(paths-ignore|branches-ignore|tags-ignore)[\"']?:[ \\t]*\\[?[ \\t]*[\"']?\\*\\*",
            files: pipelines,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        // A condition on a check: may be for one platform.
        ContentPattern(
            "^[ \\t]*(-[ \\t]+)?if:[ \\t]*[^\\n]*(github\\.(actor|repository|event_name)|==[ \\t]*['\"]never)",
            files: pipelines,
            certainty: .possible,
            confirm: { candidate in
                candidate.lines(-6...6).contains(where: CheckCommands.runs) && !candidate.isComment
                    ? candidate.wholeLine : nil
            }),
        // A step that never runs.
        ContentPattern(
            "^[ \\t]*(-[ \\t]+)?if:[ \\t]*[\"']?(\\$\\{\\{[ \\t]*)?(false|0|never)\\b|^[ \\t]*(-[ \\t]+)?when:[ \\t]*never\\b",
            files: pipelines, certainty: .possible,
            isCertain: { candidate in candidate.lines(-5...5).contains(where: CheckCommands.runs) },
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\bcatchError\\(|\\breturnStatus:[ \\t]*true",
            files: FileFilter(names: ["jenkinsfile"])),
        .code("^\\t-[ \\t]*" + checks + "\\b", files: .makefile),
        .code(
            "(ignore_outcome|ignore_errors)[ \\t]*=[ \\t]*(true|True)",
            files: FileFilter(names: ["tox.ini", "setup.cfg", "pyproject.toml"])),
        .code(
            "--exit-zero\\b|--passWithNoTests\\b|--no-fail\\b|-Dmaven\\.test\\.failure\\.ignore(=true)?\\b|--if-present[ \\t]+test",
            files: pipelines.union(scripts)),
        // A new pipeline that builds without tests takes none away.
        ContentPattern(
            "-Dmaven\\.test\\.skip(=true)?\\b|-DskipTests\\b", files: pipelines.union(scripts),
            certainty: .possible, isCertain: { $0.file.old != nil },
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        .code(
            "(testFailureIgnore|maven\\.test\\.failure\\.ignore)>[ \\t]*true|ignoreFailures[ \\t]*=[ \\t]*true",
            files: FileFilter(extensions: ["xml", "gradle", "kts"])),
    ]

    func message(for match: ContentMatch) -> String { "the failure of this step counts no more" }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                evidence: match.evidence, certainty: match.certainty)
        }
        for loser in try await CheckCommands.losers(in: change) {
            findings.add(
                loser.file, at: .wholeFile, loser.what,
                certainty: loser.othersCheck ? .possible : .certain)
        }
    }

    /// Only a check's failure matters: `rm x || true` is housekeeping.
    private static func afterCheck(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        let line = candidate.string.lowercased()
        let isCheck = checkWords.contains { word in
            line.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_") }
                .contains { $0 == word }
        }
        return isCheck ? candidate.wholeLine : nil
    }

    private static let checkWords: [Substring] = [
        "pytest", "py.test", "tox", "nox", "unittest", "jest", "vitest", "mocha", "test", "tests",
        "check", "lint", "clippy", "vet", "mvn", "gradle", "gradlew", "ctest", "rspec", "phpunit",
        "mypy", "pyright", "ruff", "flake8", "pylint", "eslint", "tsc", "golangci-lint",
        "shellcheck", "bandit", "audit", "pip-audit", "coverage", "cargo-audit", "nextest",
    ]

    var examples: [RuleExample] {
        let workflow = "jobs:\n  t:\n    steps:\n    - run: pytest\n"
        return [
            .violating(
                "a step may fail", base: [".github/workflows/t.yml": ExampleFile(workflow)],
                head: [
                    ".github/workflows/t.yml": ExampleFile(
                        workflow + "      continue-on-error: true\n")
                ]),
            .violating(
                "a shell alternative", base: [".github/workflows/t.yml": ExampleFile(workflow)],
                head: [
                    ".github/workflows/t.yml":
                        "jobs:\n  t:\n    steps:\n    - run: pytest || true\n"
                ]),
            .violating(
                "GitLab",
                head: [".gitlab-ci.yml": "test:\n  script: go test\n  allow_failure: true\n"]),
            .violating(
                "a script of npm", head: ["package.json": "{\"test\": \"jest || exit 0\"}\n"]),
            .violating(
                "the step that tests goes",
                base: [".github/workflows/t.yml": ExampleFile(workflow)],
                head: [".github/workflows/t.yml": "jobs:\n  t:\n    steps:\n    - run: make\n"]),
            .clean(
                "the checks move to another pipeline",
                base: [".travis.yml": "script: pytest\n"],
                head: [".github/workflows/t.yml": ExampleFile(workflow)]),
            .violating("a make target", head: ["Makefile": "check:\n\t-pytest -q\n"]),
            .clean(
                "housekeeping may fail",
                head: [".github/workflows/t.yml": "    - run: rm -f out/*.log || true\n"]),
            .clean(
                "a step that failed openly before",
                base: [".github/workflows/t.yml": "      continue-on-error: true # nightly\n"],
                head: [".github/workflows/t.yml": "      continue-on-error: true # beta\n"]),
        ]
    }
}
