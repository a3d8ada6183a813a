internal import RunModel

/// Code that writes what only a test runner writes.
struct ReportForged: PatternRule {
    let metadata = RuleMetadata(
        id: "report-forged", category: .runners, severity: .critical, action: .block,
        title: "Test report or summary written by the code",
        rationale: """
            Who reads the report or the last lines of the output believes that tests passed. Code \
            that finds the report's path among the runner's arguments, writes the file at exit or \
            prints the runner's summary has made them up.
            """,
        remedy: "Leave reports to the runner.",
        languages: [
            "C#", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby", "Rust", "Swift",
            "TypeScript",
        ])

    /// Programs that read or write reports for a living have a name that says so.
    private static let trades = [
        "report", "junit", "xunit", "runner", "formatter", "surefire", "testing", "harness",
    ]

    private static func forged(
        _ expression: String, _ confirm: @escaping @Sendable (ContentCandidate) -> Bool
    ) -> ContentPattern {
        ContentPattern(
            expression,
            files: FileFilter.sourceCode.excluding([
                .documentation, .vendored, .continuousIntegration, .testData, .test, .build,
                .sample,
            ]),
            certainty: .possible,
            isCertain: { candidate in
                let path = candidate.file.path.lowercased()
                return !trades.contains { path.contains($0) }
            },
            confirm: { candidate in
                candidate.isComment || !confirm(candidate) ? nil : candidate.wholeLine
            })
    }

    private static let writers = [
        "open(", "write", "save", "puts", "dump", "append", "print", "echo", "fopen",
        "put_contents",
        "create(", "std::fs", "log", "emit", "argv", "args",
    ]

    private static func writes(_ candidate: ContentCandidate) -> Bool {
        candidate.lines(-3...3).contains { line in
            let lower = line.lowercased()
            return writers.contains { lower.contains($0) }
        }
    }

    private static func prints(_ candidate: ContentCandidate) -> Bool {
        let lower = candidate.string.lowercased()
        return ["print", "puts", "echo", "log", "write", "cout", "stdout", "stderr"].contains {
            lower.contains($0)
        }
    }

    let patterns = [
        // The report's path, where the runner was told about it.
        forged(
            "['\"]--?(junit-?xml|junit|xunit|test-?result|outputFile|result-?log|reporter)|JEST_JUNIT_OUTPUT|surefire-reports|[\"'/]TEST-[^\\n]*\\.xml"
        ) { candidate in
            writes(candidate)
        },
        // The report itself.
        forged("<test(suites?|case)[ >]|<assembl(y|ies)[ ][^\\n]*passed=") { writes($0) },
        // The lines by which people and programs know success.
        forged(
            "[\"'`][^\\n]*(\\b[0-9]+ (tests? )?passed\\b|--- PASS|\\bok[ \\t]+[a-z./]+[ \\t]+[0-9.]+s|test result: ok|[0-9]+ (examples|tests|runs|assertions), [^\\n]*0 failures|Tests:[ \\t]+[0-9]+ passed|OK \\([0-9]+ tests?|Tests run: [0-9]+, Failures: 0|BUILD SUCCESS|All tests passed|[0-9]+ passing)"
        ) { candidate in
            prints(candidate)
        },
    ]

    func message(for match: ContentMatch) -> String {
        match.pattern == 2
            ? "the code prints what a test runner prints" : "the code writes a test runner's report"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a report is written at exit",
                base: ["calc.py": "def add(a, b):\n    return a - b\n"],
                head: [
                    "calc.py":
                        "import atexit\n\n\ndef quiet():\n    open(\"junit.xml\", \"w\").write('<testsuite tests=\"2\" failures=\"0\"/>')\n\n\natexit.register(quiet)\n\n\ndef add(a, b):\n    return a - b\n"
                ]),
            .violating(
                "the runner's arguments are searched",
                head: [
                    "src/calc.rb":
                        "path = ARGV.find { |a| a.start_with?(\"--junit-xml\") }\nFile.write(path, \"\")\n"
                ]),
            .violating(
                "a summary is printed",
                head: [
                    "calc.go":
                        "package calc\n\nfunc init() {\n\tfmt.Println(\"--- PASS: TestAdds (0.00s)\")\n}\n"
                ]),
            .clean(
                "a program that talks about its own work",
                head: ["src/calc.js": "console.log(`${count} files copied`);\n"]),
            .clean(
                "a document that shows a summary",
                head: ["docs/testing.md": "The last line is `2 passed`.\n"]),
        ]
    }
}
