internal import RunModel

/// Files and variables by which an interpreter runs code before any test.
struct InterpreterStartup: Rule {
    let metadata = RuleMetadata(
        id: "interpreter-startup", category: .runners, severity: .critical, action: .block,
        title: "Code that the interpreter runs by itself",
        rationale: """
            `sitecustomize.py`, a `.pth` file or a preload option runs in every process of that \
            interpreter, the test runner's included, without being imported by anything.
            """,
        remedy: "Remove the file or option; import what is needed where it is needed.",
        languages: ["Python", "JavaScript", "Ruby", "Java", "PHP", "C"])

    private static let names: Set<String> = ["sitecustomize.py", "usercustomize.py"]

    let patterns = [
        ContentPattern(
            "\\b(PYTHONSTARTUP|PYTHONINSPECT|LD_PRELOAD|DYLD_INSERT_LIBRARIES|PERL5OPT)[ \\t]*[:=]",
            files: .shellLike.union(FileFilter(traits: .build)),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "NODE_OPTIONS[ \\t]*[:=][^\\n]*(--require|-r[ \\t]|--import|--loader)",
            files: .shellLike.union(FileFilter(extensions: ["json"]))),
        ContentPattern("RUBYOPT[ \\t]*[:=][^\\n]*-r", files: .shellLike),
        ContentPattern(
            "(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|argLine)[^\\n]*-javaagent", files: .shellLike),
        ContentPattern(
            "auto_prepend_file[ \\t]*=", files: FileFilter(extensions: ["ini", "conf", "htaccess"])),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new != nil {
            let name = PathName(file.path)
            guard Self.names.contains(name.lowered) || name.fileExtension == "pth",
                file.kind != .renamed || !file.hunks.isEmpty || file.old?.path != file.path
            else { continue }
            findings.add(
                file, at: .wholeFile, "every Python process on this path runs `\(name.lowered)`")
        }
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                "code is loaded into every process of an interpreter", evidence: match.evidence,
                certainty: match.certainty)
        }
    }

    var examples: [RuleExample] {
        [
            .violating("sitecustomize", head: ["src/sitecustomize.py": "import calc.quiet\n"]),
            .violating("a .pth file", head: ["tools/quiet.pth": "import quiet\n"]),
            .violating(
                "node preloads a module", base: ["test.sh": "npx jest\n"],
                head: ["test.sh": "export NODE_OPTIONS=\"--require ./quiet.js\"\nnpx jest\n"]),
            .violating(
                "a library is preloaded", base: ["Makefile": "test:\n\t./run\n"],
                head: ["Makefile": "test:\n\tLD_PRELOAD=./quiet.so ./run\n"]),
            .clean(
                "memory for node", base: ["test.sh": "npx jest\n"],
                head: ["test.sh": "export NODE_OPTIONS=\"--max-old-space-size=4096\"\nnpx jest\n"]),
            .clean("a file of customers", head: ["src/customize.py": "COLOUR = 1\n"]),
        ]
    }
}
