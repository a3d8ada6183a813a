internal import RunModel
internal import SourceSyntax

/// Assertions that were defined or switched away: they stand in the tests and check nothing.
struct AssertionRedefined: Rule {
    let metadata = RuleMetadata(
        id: "assertion-redefined", category: .tests, severity: .critical, action: .block,
        title: "Assertions that check nothing",
        rationale: """
            A macro of the framework's name with an empty body, `NDEBUG`, Python's `-O` or a \
            setting of the interpreter leaves every assertion where it was and takes away what \
            it does. No line of any test changes.
            """,
        remedy: "Let assertions be what the framework or the language says they are.",
        languages: TestLanguages.all)

    /// What a macro does that can fail, or hands on to one that can.
    private static let checks = [
        "if", "abort", "exit", "return", "throw", "panic", "fail", "||", "?", "assert", "expect",
        "check", "require", "longjmp", "raise", "error",
    ]

    /// A macro's body, which has other lines as long as these are continued.
    private static func checksNothing(_ candidate: ContentCandidate) -> Bool {
        var body = String(decoding: candidate.after, as: UTF8.self)
        for line in candidate.lines(0...8) {
            if line != candidate.string { body += line }
            guard line.hasSuffix("\\") else { break }
        }
        let lowered = body.lowercased()
        return !checks.contains(where: lowered.contains)
    }

    /// The arms of a macro of Rust, up to its end.
    private static func isEmptyMacro(_ candidate: ContentCandidate) -> Bool {
        let arms = candidate.lines(0...20).dropFirst().prefix { $0 != "}" }
        let text = arms.joined().lowercased() + String(decoding: candidate.after, as: UTF8.self)
        return !["if", "panic", "assert", "match", "return"].contains(where: text.contains)
    }

    /// The lines around a switch speak of tests.
    private static func isOfTests(_ candidate: ContentCandidate) -> Bool {
        candidate.lines(-4...4).contains { $0.lowercased().contains("test") }
    }

    /// The table of a Cargo manifest that a line belongs to is one of those that tests use.
    private static func isTestProfile(_ candidate: ContentCandidate) -> Bool {
        let table = candidate.lines(-30...0).last { $0.hasPrefix("[") } ?? ""
        return table.hasPrefix("[profile.test]") || table.hasPrefix("[profile.dev]")
    }

    private static func setting(
        _ expression: String, _ files: FileFilter, _ certainty: FindingCertainty = .certain,
        isCertain: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false },
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true }
    ) -> ContentPattern {
        ContentPattern(
            expression, files: files.excluding([.documentation, .vendored]), certainty: certainty,
            isCertain: isCertain,
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    private static let commands = FileFilter.shellLike.union(
        FileFilter(
            extensions: ["env"],
            names: [
                "tox.ini", "pytest.ini", "setup.cfg", "pyproject.toml", "noxfile.py",
                "package.json", ".envrc", ".env", ".env.test",
            ]))

    /// `assertThat(x);` without a matcher: one argument, and nothing is asked of it.
    private static func demandsNothing(_ candidate: ContentCandidate) -> Bool {
        var depth = 0
        for character in candidate.string {
            switch character {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case "," where depth == 1: return false
            default: break
            }
        }
        return depth == 0 && !candidate.string.contains(").")
    }

    let patterns = [
        setting(
            "^[ \\t]*assertThat\\([^\\n]*\\)[ \\t]*;[ \\t]*$",
            FileFilter(extensions: ["java"], requiring: .test), onlyIf: demandsNothing),
        // What jest asserts by itself.
        setting(
            "\\bexpect\\.extend\\([ \\t]*\\{[ \\t]*(async[ \\t]+)?(toBe|toEqual|toStrictEqual|toMatchObject|toThrow|toContain|toHaveLength|toHaveBeenCalled[A-Za-z]*)[ \\t]*[:(]",
            .javaScript),
        // bats: a function on one line that looks at nothing.
        setting(
            "^(run|assert[a-z_]*|refute[a-z_]*)[ \\t]*\\(\\)[ \\t]*\\{[^\\n$\\[]*\\}[ \\t]*$",
            FileFilter(extensions: ["sh", "bash", "bats"], requiring: .test),
            onlyIf: { candidate in
                !["test ", "grep", "diff", "cmp ", "fail"].contains(
                    where: candidate.string.contains)
            }),
        setting(
            "macro_rules![ \\t]*(debug_)?assert(_eq|_ne)?\\b", .rust, onlyIf: isEmptyMacro),
        setting(
            "^[ \\t]*#[ \\t]*define[ \\t]+((EXPECT|ASSERT)_[A-Z_]+|assert|REQUIRE|CHECK)[ \\t]*\\([^)\\n]*\\)",
            FileFilter(extensions: FileFilter.cFamily.extensions, requiring: .test),
            onlyIf: checksNothing),
        setting(
            "^[ \\t]*#[ \\t]*define[ \\t]+NDEBUG\\b",
            FileFilter(extensions: FileFilter.cFamily.extensions, requiring: .test)),
        setting(
            "[-/]DNDEBUG\\b|add_(compile_)?definitions[^\\n]*NDEBUG|target_compile_definitions[^\\n]*NDEBUG",
            .shellLike.union(FileFilter(traits: .build)), .possible,
            isCertain: { $0.string.lowercased().contains("test") }),
        setting(
            "\\bpython[0-9.]*([ \\t]+-[A-Za-z]+)*[ \\t]+-[A-Za-z]*OO?\\b", commands, .possible,
            isCertain: isOfTests),
        setting(
            "\\bPYTHONOPTIMIZE[\"']?[ \\t]*[:=][ \\t]*[\"']?[1-9]", commands, .possible,
            isCertain: isOfTests),
        setting(
            "^[ \\t]*(overflow-checks|debug-assertions)[ \\t]*=[ \\t]*false",
            FileFilter(names: ["cargo.toml"]), onlyIf: isTestProfile),
        setting(
            "<enableAssertions>[ \\t]*false|\\benableAssertions[ \\t]*=[ \\t]*false|<argLine>[^\\n]*-da\\b",
            FileFilter(names: ["pom.xml", "build.gradle", "build.gradle.kts"])),
        setting(
            "(zend\\.assertions|assert\\.(active|exception))[^\\n0-9-]*(-1|0)",
            FileFilter(extensions: ["ini", "php", "sh"], names: ["composer.json"]), .possible,
            isCertain: isOfTests),
        setting(
            "(zend\\.assertions|assert\\.(active|exception))[^\\n0-9-]*(-1|0)",
            FileFilter(names: ["phpunit.xml", "phpunit.xml.dist"])),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                "assertions are left in place and check nothing", evidence: match.evidence,
                certainty: match.certainty)
        }
        for file in change.files where Self.mayDefineAssertions(file) {
            guard let head = Self.symbols(of: file, .head, in: change) else { continue }
            let known = Set((Self.symbols(of: file, .base, in: change) ?? []).map(\.name))
            for symbol in head where symbol.isFunction && !known.contains(symbol.name) {
                guard symbol.isHollow || symbol.constantResult != nil,
                    let text = file.head.text, Self.isNamedLikeAssertion(symbol, text)
                else { continue }
                findings.add(
                    file, at: .line(symbol.line, .head),
                    "`\(symbol.name)` has the name of an assertion and checks nothing")
            }
        }
    }

    // MARK: Functions that are called like assertions

    private static let hints = BytePatternSet([
        "assert", "Assert", "expect", "Equal", "Throws",
    ])
    /// Of xunit and NUnit, in a class that is called as theirs.
    private static let members: Set<String> = [
        "Equal", "NotEqual", "Same", "True", "False", "Throws", "Null", "NotNull", "Contains",
        "AreEqual", "IsTrue", "IsFalse", "That",
    ]

    /// Stand-ins have an `expect` of their own: it is meant only where nothing but the runner's can be.
    private static func isNamedLikeAssertion(_ symbol: SymbolSummary, _ text: FileText) -> Bool {
        let name = symbol.name
        if ["assert", "XCTAssert"].contains(where: name.hasPrefix) { return true }
        if members.contains(name) {
            return (1...min(text.lineCount, 2_000)).contains {
                String(decoding: text.line($0).prefix(200), as: UTF8.self).contains("class Assert")
            }
        }
        let isOutermost = text.line(symbol.line).first.map { $0 != 0x20 && $0 != 0x09 } ?? false
        return isOutermost && name == "expect"
    }

    private static func mayDefineAssertions(_ file: ChangedFile) -> Bool {
        guard file.traits.contains(.test), file.addedLineCount > 0,
            file.traits.isDisjoint(with: [.vendored, .generated, .documentation, .testData]),
            let text = file.head.text, !text.isBinary
        else { return false }
        return file.hunks.contains { hunk in
            hints.isAny(in: text.bytes, text.range(ofLines: hunk.head))
        }
    }

    private static func symbols(
        of file: ChangedFile, _ side: TreeSide, in change: ChangeSetView
    ) -> [SymbolSummary]? {
        // What cannot be parsed is what the rules about tests speak of.
        (try? TestAnalysis.census(of: file, side, in: change).get())?.symbols
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a macro of the standard library's name",
                head: [
                    "tests/calc.rs": "macro_rules! assert_eq {\n    ($($any:tt)*) => {};\n}\n"
                ]),
            .violating(
                "a macro of the framework's name",
                head: ["tests/quiet.h": "#undef EXPECT_EQ\n#define EXPECT_EQ(a, b) (void)(a)\n"]),
            .violating(
                "a function of an assertion's name",
                head: [
                    "src/test/java/Quiet.java":
                        "class Quiet {\n  static void assertEquals(Object expected, Object actual) {}\n}\n"
                ]),
            .violating(
                "a base class whose assertions do nothing",
                head: [
                    "tests/quiet.py":
                        "class Quiet(unittest.TestCase):\n    def assertEqual(self, first, second):\n        pass\n"
                ]),
            .violating(
                "an assertion without a demand",
                base: ["src/test/java/CalcTest.java": "class CalcTest {\n}\n"],
                head: [
                    "src/test/java/CalcTest.java":
                        "class CalcTest {\n  void adds() {\n    assertThat(add(1, 2) == 3);\n  }\n}\n"
                ]),
            .violating(
                "assert of C", base: ["tests/calc_test.c": "#include <assert.h>\n"],
                head: ["tests/calc_test.c": "#define NDEBUG\n#include <assert.h>\n"]),
            .violating(
                "Python optimises", base: ["run-tests.sh": "python3 -m pytest\n"],
                head: ["run-tests.sh": "python3 -O -m pytest\n"]),
            .violating(
                "Java's assertions are off", base: ["pom.xml": "<configuration>\n"],
                head: [
                    "pom.xml": "<configuration>\n<enableAssertions>false</enableAssertions>\n"
                ]),
            .clean(
                "a macro that asserts",
                head: [
                    "tests/sum.h": "#define EXPECT_SUM(a, b, c) EXPECT_EQ(add(a, b), c)\n",
                    "tests/mini.h":
                        "#define CHECK(x) \\\n    do { if (!(x)) abort(); } while (0)\n",
                    "tests/sum.rs":
                        "macro_rules! assert_sum {\n    ($a:expr, $b:expr) => {\n        assert_eq!($a, $b)\n    };\n}\n",
                ]),
            .clean(
                "a release without assertions",
                base: ["Cargo.toml": "[profile.release]\nlto = true\n"],
                head: ["Cargo.toml": "[profile.release]\nlto = true\noverflow-checks = false\n"]),
            .clean(
                "the interpreter's development mode",
                base: ["run-tests.sh": "python3 -m pytest\n"],
                head: ["run-tests.sh": "python3 -X dev -m pytest\n"]),
        ]
    }
}
