internal import RunModel

extension RunnerConfiguration {
    private static let makefiles: Set<String> = ["makefile", "gnumakefile", "justfile"]

    /// Whether the block of a build file that a line stands in is about tests.
    private static func isInTestBlock(_ candidate: ContentCandidate) -> Bool {
        let heads = candidate.lines(-8...0).filter { $0.contains("{") }
        return heads.last?.lowercased().contains("test") == true
    }

    /// Switches of builds and runners by which no test, or none that fails, counts.
    static let switches = [
        option(
            "^envlist[ \\t]*=[ \\t]*$", names: ["tox.ini", "setup.cfg"],
            onlyIf: { candidate in
                !candidate.lines(1...1).contains { $0.first == " " || $0.first == "\t" }
            }),
        option("^[ \\t]*root[ \\t]*=", names: ["bunfig.toml"], .possible),
        option("<(testSourceDirectory|testClassesDirectory)>", names: gradle, .possible),
        option(
            "^[ \\t]*(isEnabled|enabled)[ \\t]*=[ \\t]*false", names: gradle, onlyIf: isInTestBlock),
        option(
            "--failure-exit-code[ =]+0|\\b(failure|error)_exit_code[ \\t]*=[ \\t]*0",
            names: [".rspec", "spec_helper.rb", "rails_helper.rb", "rakefile"],
            extensions: ["sh", "mk"], traits: .continuousIntegration),
        option(
            "^\\.IGNORE\\b|^[ \\t]*(export[ \\t]+)?MAKEFLAGS[ \\t]*[:+?]?=[^\\n]*([ =]-?[a-z]*i[a-z]*\\b|--ignore-errors)",
            names: makefiles, extensions: ["mk"],
            onlyIf: { candidate in
                // Long options have an i of their own.
                candidate.string.contains(".IGNORE") || candidate.string.contains("--ignore-errors")
                    || candidate.string.split(separator: " ").contains {
                        ($0 == "i" || $0.hasPrefix("-")) && !$0.hasPrefix("--") && $0.contains("i")
                    }
            }),
        option(
            "\\b(set|option)[ \\t]*\\([ \\t]*BUILD_TESTING\\b[^\\n]*\\b(OFF|FALSE|NO|0)\\b",
            names: ["cmakelists.txt"], extensions: ["cmake"]),
        option(
            "^[ \\t]*(command|entrypoint):[ \\t]*\\[?[\"' ]*(true|echo|:|exit 0)[\"' \\],]",
            extensions: ["yml", "yaml"], traits: .container,
            onlyIf: { candidate in
                PathName(candidate.file.path).lowered.contains("compose")
                    && candidate.lines(-8...0).contains { $0.lowercased().contains("test") }
            }),
    ]
}
