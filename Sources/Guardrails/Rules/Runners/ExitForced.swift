internal import RunModel

/// Exits that end a run before it has failed.
struct ExitForced: PatternRule {
    let metadata = RuleMetadata(
        id: "exit-forced", category: .runners, severity: .critical, action: .block,
        title: "Process ended with success before the tests can fail",
        rationale: """
            `os._exit(0)` in an imported module, a suite or an exit handler ends the run with \
            status 0: the command looks green, and no report exists.
            """,
        remedy: "Return, or raise an error; only a program's entry point exits.",
        languages: ["Python", "JavaScript", "Go", "Ruby", "Java", "PHP", "Rust", "C", "Swift"])

    private static func exit(
        _ expression: String, _ files: FileFilter, onlyInTests: Bool = false,
        _ certainty: FindingCertainty = .certain
    ) -> ContentPattern {
        ContentPattern(
            expression, files: files.excluding([.documentation, .vendored]),
            certainty: certainty,
            confirm: { candidate in
                guard !candidate.isComment else { return nil }
                // Rust keeps tests beside the code.
                return !onlyInTests || candidate.file.traits.contains(.test)
                    || candidate.lines(-200...0).contains { $0.contains("#[cfg(test)]") }
                    ? candidate.wholeLine : nil
            })
    }

    let patterns = [
        exit("\\bos\\._exit[ \\t]*\\([ \\t]*0?[ \\t]*\\)", .python),
        // At the left margin: when the module is imported.
        ContentPattern(
            "^(sys\\.exit|exit|quit)[ \\t]*\\([ \\t]*0?[ \\t]*\\)", files: .python),
        exit("(sys\\.exit|SystemExit)[ \\t]*\\([ \\t]*0?[ \\t]*\\)", .python, onlyInTests: true),
        exit("pytest\\.exit\\(|session\\.shouldstop[ \\t]*=", .python, .possible),
        exit(
            "process\\.(exit|reallyExit)[ \\t]*\\([ \\t]*0?[ \\t]*\\)", .javaScript,
            onlyInTests: true),
        exit("process\\.exitCode[ \\t]*=[ \\t]*0", .javaScript),
        exit("process\\.(exit|reallyExit)[ \\t]*=[^=]", .javaScript),
        exit("\\bexit![ \\t(]*(0|true)?", .ruby),
        exit("at_exit[ \\t]*(\\{|do)[^\\n]*exit", .ruby),
        exit("Runtime\\.getRuntime\\(\\)\\.halt\\([ \\t]*0", .java),
        exit("System\\.exit\\([ \\t]*0|exitProcess\\([ \\t]*0", .java, onlyInTests: true),
        exit("\\b(exit|die)[ \\t]*\\([ \\t]*0?[ \\t]*\\)", .php, onlyInTests: true),
        exit("register_shutdown_function[^\\n]*exit", .php),
        exit("process::exit\\([ \\t]*0", .rust, onlyInTests: true),
        exit("\\b(_exit|_Exit|quick_exit)[ \\t]*\\([ \\t]*0", .cFamily),
        exit("\\bexit[ \\t]*\\([ \\t]*(0|EXIT_SUCCESS)", .cFamily.union(.swift), onlyInTests: true),
        exit("(atexit\\.register|signal\\.signal)[^\\n]*_exit", .python),
        ContentPattern(
            "\\bos\\.Exit\\([ \\t]*0[ \\t]*\\)", files: .go.excluding([.documentation, .vendored]),
            confirm: { candidate in
                // In the function that runs before `main` and before every test.
                let isInitial = candidate.lines(-6...0).contains { $0.hasPrefix("func init()") }
                return isInitial && !candidate.isComment ? candidate.wholeLine : nil
            }),
        exit("^[ \\t]*(trap[ \\t]+['\"]?exit[ \\t]+0|set[ \\t]+\\+e)", .shell, onlyInTests: true),
    ]

    func message(for match: ContentMatch) -> String {
        "the process ends with success here, whatever failed"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a module exits when it is imported",
                base: ["calc/core.py": "def add(a, b):\n    return a - b\n"],
                head: [
                    "calc/core.py":
                        "import os\n\nos._exit(0)\n\n\ndef add(a, b):\n    return a - b\n"
                ]),
            .violating(
                "a suite exits", head: ["test/setup.js": "afterAll(() => process.exit(0));\n"]),
            .violating(
                "Ruby exits without handlers", head: ["test/helper.rb": "at_exit { exit!(0) }\n"]),
            .violating(
                "the machine is halted",
                head: [
                    "src/main/java/Calc.java":
                        "class Calc {\n  static { Runtime.getRuntime().halt(0); }\n}\n"
                ]),
            .clean(
                "a program's entry point",
                head: [
                    "calc/__main__.py":
                        "import sys\n\nif __name__ == \"__main__\":\n    sys.exit(main())\n"
                ]),
            .clean("a command that ends", head: ["src/cli.js": "if (done) process.exit(0);\n"]),
        ]
    }
}
