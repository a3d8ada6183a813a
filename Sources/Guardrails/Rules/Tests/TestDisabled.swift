internal import RunModel
internal import SourceSyntax

/// Tests that no longer count.
struct TestDisabled: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-disabled", category: .tests, severity: .high, action: .block,
        title: "Test skipped or expected to fail",
        rationale: """
            A skipped test reports no failure, and one that is expected to fail reports success when it does. \
            Every framework has its own way, on a case, a class, a module or in the set-up of one.
            """,
        remedy:
            "Fix what the test found; a test that cannot run somewhere says where by a condition, for review.",
        languages: TestLanguages.all)

    private static let tests = FileFilter(
        requiring: .test, excluding: [.documentation, .testData, .vendored])

    /// How a test begins where a preprocessor may leave it out.
    private static let declarations = [
        "@Test", "func test", "TEST(", "TEST_F(", "TEST_P(", "TEST_CASE(", "[Fact", "[Theory",
        "[Test", "BOOST_AUTO_TEST_CASE(",
    ]

    let patterns = [
        // What the preprocessor leaves out.
        ContentPattern(
            "^[ \\t]*#[ \\t]*if[ \\t]+(0|false|FALSE|NEVER|DISABLED)\\b", files: tests),
        // A condition above a test that was there.
        ContentPattern(
            "^[ \\t]*#[ \\t]*(if|ifdef|ifndef)[ \\t]+[^\\n]",
            files: FileFilter(
                extensions: FileFilter.cFamily.extensions.union(["swift", "cs"]), requiring: .test,
                excluding: [.documentation, .testData, .vendored]), certainty: .possible,
            confirm: { candidate in
                let isAboveOldTest = (1...4).contains { offset in
                    candidate.lines(offset...offset).contains { line in
                        declarations.contains(where: line.contains)
                    } && candidate.file.hunk(containing: candidate.line + offset, on: .head) == nil
                }
                return isAboveOldTest ? candidate.wholeLine : nil
            }),
        // Whole files and parts of them that are never reached.
        ContentPattern(
            "^if[ \\t(]+(False|false|0|None|null)[ \\t]*[:){]", files: tests,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern("^__END__[ \\t]*$", files: FileFilter(extensions: ["rb"], requiring: .test)),
        ContentPattern(
            "^(return|exit|die|__halt_compiler)[ \\t]*(\\([ \\t]*[0-9]*[ \\t]*\\))?[ \\t]*;",
            ignoresCase: true,
            files: FileFilter(extensions: ["php"], requiring: .test)),
        // A decorator of the same change over a test that was there.
        ContentPattern(
            "^[ \\t]*@[a-z_]+[ \\t]*$", files: FileFilter(extensions: ["py"], requiring: .test),
            certainty: .possible,
            confirm: { candidate in
                guard candidate.side == .head else { return nil }
                let name = candidate.string.filter { $0 != " " && $0 != "\t" && $0 != "@" }
                let isOverOldTest =
                    candidate.lines(1...1).contains { $0.contains("def test") }
                    && candidate.file.hunk(containing: candidate.line + 1, on: .head) == nil
                let isDefinedHere = candidate.file.addedLines.prefix(2_000).contains {
                    candidate.text.line($0).starts(with: "def \(name)(".utf8)
                }
                return isOverOldTest && isDefinedHere ? candidate.wholeLine : nil
            }),
        // Names taken away again.
        ContentPattern(
            "^(del[ \\t]+[Tt]est|[Tt]est[A-Za-z0-9_]*[ \\t]*=[ \\t]*(None|lambda|False|0|print|object)\\b|[A-Za-z_][A-Za-z0-9_.]*\\.__test__[ \\t]*=[ \\t]*False)",
            files: FileFilter(extensions: ["py"], requiring: .test)),
        ContentPattern(
            "#!?\\[cfg\\((any\\(\\)|not\\(test\\)|not\\(all\\(\\)\\)|FALSE)", files: .rust,
            certainty: .possible,
            isCertain: {
                $0.lines(1...2).contains { $0.contains("mod test") || $0.contains("#[test]") }
            }),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        reportTests(change, into: &findings)
        for file in change.files {
            guard let old = file.old?.path, let new = file.new?.path,
                GoFileConstraint.ofName(old) == nil, let system = GoFileConstraint.ofName(new)
            else { continue }
            findings.add(
                file, at: .wholeFile, "by its name the file is for \(system) only",
                certainty: .possible)
        }
        for match in change.matches(of: metadata.id) where match.file.old != nil {
            findings.add(
                match.file, at: .line(match.line, match.side),
                match.certainty == .possible
                    ? "what stands here may keep tests from running"
                    : "tests that stand here are no longer reached", certainty: match.certainty)
        }
    }

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .disabled:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` no longer counts: \(change.after)",
                evidence: change.after)
        case .conditionallyDisabled:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` is skipped under a condition: \(change.after)",
                evidence: change.after, certainty: .possible)
        default: return nil
        }
    }

    func objection(to words: WordComparison) -> TestObjection? {
        guard let line = words.skipLine, !words.isDeleted else { return nil }
        return TestObjection(
            message: "a line that may skip a test is added", certainty: .possible, line: line)
    }

    var examples: [RuleExample] {
        [
            .violating(
                "skipped by a decorator", in: ExampleTests.pythonPath, ExampleTests.python,
                ("def test_adds", "@pytest.mark.skip(reason=\"flaky\")\ndef test_adds")),
            .violating(
                "the whole module is expected to fail", in: ExampleTests.pythonPath,
                ExampleTests.python,
                ("def test_adds", "pytestmark = pytest.mark.xfail\n\n\ndef test_adds")),
            .violating(
                "skipped by another name", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("it(\"adds\"", "xit(\"adds\"")),
            .violating(
                "skipped in the body", in: ExampleTests.goPath, ExampleTests.go,
                ("\tif got", "\tt.Skip(\"later\")\n\tif got")),
            .violating(
                "the class is disabled", in: ExampleTests.javaPath, ExampleTests.java,
                ("class CalcTest", "@Disabled\nclass CalcTest")),
            .violating(
                "ignored", in: ExampleTests.rustPath, ExampleTests.rust,
                ("#[test]", "#[test]\n    #[ignore]")),
            .clean(
                "a skip goes away", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                ("it(\"adds\"", "it(\"adds two\"")),
            .clean(
                "a method that happens to be called skip",
                base: [
                    "tests/test_reader.py": "def test_reads():\n    assert reader.read() == 1\n"
                ],
                head: [
                    "tests/test_reader.py":
                        "def test_reads():\n    reader.skip(3)\n    assert reader.read() == 1\n"
                ]),
        ]
    }
}
