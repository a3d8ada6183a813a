internal import RunModel

/// Code pushed out of sight by white space.
struct HiddenWhitespace: PatternRule {
    let metadata = RuleMetadata(
        id: "hidden-whitespace", category: .deception, severity: .high, action: .block,
        title: "Code hidden behind white space",
        rationale: """
            A statement after hundreds of blanks is outside every window in which the change is \
            reviewed.
            """,
        remedy: "Write the statement on a line of its own.",
        languages: ["source code"])

    let patterns = [
        ContentPattern(
            "[^ \\t\\r\\n][ \\t]{120}[ \\t]*[^ \\t\\r\\n]",
            files: FileFilter.sourceCode.union(.yaml).union(.makefile).union(.dockerfile)
                .union(FileFilter(extensions: ["json", "toml"]))
                .excluding([.documentation, .testData, .vendored]),
            evidence: { text in
                text.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
            }),
        // A whole line pushed to the right, between lines that are not.
        ContentPattern(
            "^[ \\t]{160}[ \\t]*[^ \\t\\r\\n]",
            files: FileFilter.sourceCode.excluding([.documentation, .testData, .vendored]),
            evidence: { String($0.drop { $0 == " " || $0 == "\t" }) },
            confirm: { candidate in
                let others = candidate.lines(-2...(-1)) + candidate.lines(1...2)
                let isAlone = others.allSatisfy { $0.prefix { $0 == " " || $0 == "\t" }.count < 80 }
                return isAlone && !others.isEmpty ? candidate.wholeLine : nil
            }),
    ]

    func message(for match: ContentMatch) -> String { "text follows after a long run of blanks" }

    var examples: [RuleExample] {
        let blanks = String(repeating: " ", count: 200)
        return [
            .violating(
                "a statement far to the right",
                head: ["a.py": ExampleFile("import os;\(blanks)os.system('id')\n")]),
            .violating("in a package script", head: ["a.js": ExampleFile("x()\(blanks);y()\n")]),
            .clean("deep indentation", head: ["a.py": ExampleFile("\(blanks)x = 1\n")]),
            .clean("trailing blanks", head: ["a.py": ExampleFile("x = 1\(blanks)\n")]),
        ]
    }
}
