internal import RunModel

/// Commands for a shell that are put together from values.
struct ShellInjection: PatternRule {
    let metadata = RuleMetadata(
        id: "shell-injection", category: .code, severity: .high, action: .block,
        title: "Shell command built from values",
        rationale: """
            A shell reads its command as a program. A value pasted into it, a file name with a \
            semicolon suffices, becomes part of that program.
            """,
        remedy: "Pass the program and its arguments as a list, without a shell.",
        languages: ["Go", "Java", "JavaScript", "PHP", "Python", "Ruby", "TypeScript"])

    private static let outside: PathTraits = [
        .test, .testData, .documentation, .vendored, .generated, .sample,
    ]

    let patterns: [ContentPattern] = [
        .code(
            "\\bos\\.(system|popen)\\([ \\t]*(f[\"']|[^\\n)]*(%|\\+|\\.format\\())",
            files: .python.excluding(Self.outside)),
        .code(
            "\\b(run|call|Popen|check_call|check_output|getoutput|getstatusoutput)\\([ \\t]*f[\"'][^\\n]*\\{[^\\n]*shell[ \\t]*=[ \\t]*True",
            files: .python.excluding(Self.outside)),
        .code(
            "\\b(run|call|Popen|check_call|check_output)\\([^\\n]*(\"[ \\t]*[%+]|'[ \\t]*[%+]|\\.format\\()[^\\n]*shell[ \\t]*=[ \\t]*True",
            files: .python.excluding(Self.outside)),
        .code(
            "\\b(exec|execSync)\\([ \\t]*(`[^`\\n]*\\$\\{|[\"'][^\\n]*[\"'][ \\t]*\\+)",
            files: .javaScript.excluding(Self.outside)),
        .code(
            "exec\\.Command(Context)?\\([^\\n]*\"(ba|z)?sh\",[ \\t]*\"-c\",[ \\t]*[^\\n]*(fmt\\.Sprintf|\\+)",
            files: .go.excluding(Self.outside)),
        .code(
            "getRuntime\\(\\)\\.exec\\([^\\n]*\\+", files: .java.excluding(Self.outside)),
        .code(
            "\\b(shell_exec|exec|system|passthru|popen|proc_open)\\([^\\n]*(\\$_(GET|POST|REQUEST|COOKIE)|\\.[ \\t]*\\$)",
            files: .php.excluding(Self.outside)),
        .code(
            "\\b(system|exec|popen)[( ][ \\t]*\"[^\"\\n]*#\\{",
            files: .ruby.excluding(Self.outside),
            certainty: .possible),
        .code(
            "(\\b(system|exec|popen)\\(?[ \\t]*\"|`|%x[({])[^\\n]*#\\{(params|request|cookies)",
            files: .ruby.excluding(Self.outside)),
    ]

    func message(for match: ContentMatch) -> String { "a shell runs text that holds values" }

    var examples: [RuleExample] {
        [
            .violating("Python", head: ["a.py": "os.system('tar xf ' + name)\n"]),
            .violating(
                "Python with a template",
                head: ["a.py": "subprocess.run(f\"rm {path}\", shell=True)\n"]),
            .violating("JavaScript", head: ["a.js": "execSync(`git log ${branch}`)\n"]),
            .violating(
                "Go",
                head: ["a.go": "exec.Command(\"sh\", \"-c\", fmt.Sprintf(\"ls %s\", dir))\n"]),
            .violating("PHP", head: ["a.php": "<?php system($_GET['c']);\n"]),
            .clean("a list", head: ["a.py": "subprocess.run(['tar', 'xf', name])\n"]),
            .clean("a constant", head: ["a.py": "subprocess.run('make all', shell=True)\n"]),
            .clean("a regular expression", head: ["a.js": "const m = /a+/.exec(text + '')\n"]),
        ]
    }
}
