internal import RunModel
internal import SourceSyntax

/// Tests that get more tries or more time.
struct TestRetryRaised: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-retry-raised", category: .tests, severity: .medium, action: .block,
        title: "Retries or timeout raised",
        rationale: """
            A test that may fail four times of five hides races and slow paths; a longer timeout hides that \
            something became slow.
            """,
        remedy:
            "Find the cause; when the limit was wrong, say why in the description and let a human decide.",
        languages: TestLanguages.all)

    private static let runners = FileFilter(
        extensions: ["ini", "cfg", "toml", "xml", "gradle", "kts", "sh", "mk"],
        names: [
            "package.json", ".mocharc.json", ".mocharc.yml", ".mocharc.js", "jest.config.js",
            "jest.config.ts", "playwright.config.ts", "playwright.config.js", "vitest.config.ts",
            "vitest.config.js", "cypress.config.ts", "cypress.config.js", "cypress.json",
            "makefile",
            "noxfile.py", ".rspec",
        ], traits: .continuousIntegration, excluding: [.documentation, .vendored])

    let patterns = [
        // For all tests at once, in what starts them.
        ContentPattern(
            "--reruns?[ =]+[1-9]|--flake-finder|--retries[ =]+[1-9]|--retry[ =]+[1-9]|--test-retries|--rerun-fails|--attempts[ =]+[2-9]|--flaky_test_attempts|--repeat[ =]+until-pass",
            files: runners, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\b[\"']?(retries|retryTimes|rerunFailingTestsCount|maxRetries|runMode|openMode|retry_count)[\"']?(>|[ \\t]*[:=(])[^\\n]*[1-9]",
            files: FileFilter(
                extensions: ["xml", "gradle", "kts", "toml"],
                names: [
                    ".mocharc.json", ".mocharc.yml", ".mocharc.js", "playwright.config.ts",
                    "playwright.config.js", "vitest.config.ts", "vitest.config.js",
                    "jest.config.js", "jest.config.ts", "cypress.config.ts", "cypress.config.js",
                    "cypress.json",
                ], excluding: [.documentation, .vendored]),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\b(jest|vi)\\.retryTimes\\([ \\t]*[1-9]|\\bthis\\.retries\\([ \\t]*[1-9]",
            files: .javaScript, confirm: { $0.isComment ? nil : $0.wholeLine }),
        // A loop in the shell that ends at the first success.
        ContentPattern(
            "\\b(for|while|until)\\b[^\\n]*\\b(test|pytest|tox|jest|vitest|mocha|rspec|phpunit|ctest|mvn|gradlew?)\\b[^\\n]*(break|done)",
            files: .shell.union(.makefile).union(FileFilter(traits: .continuousIntegration))
                .excluding(.documentation),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "uses:[ \\t]*[a-z-]+/retry@", files: FileFilter(traits: .continuousIntegration),
            certainty: .possible),
        // A pause before the assertion hides a race; in a new test it may be what is tested.
        ContentPattern(
            "^[ \\t]*(await[ \\t]+)?(time\\.sleep|asyncio\\.sleep|Thread\\.sleep|Task\\.Delay|sleep|usleep|time\\.Sleep|thread::sleep|std::thread::sleep|this_thread::sleep_for|std::this_thread::sleep_for)[ \\t]*\\(",
            files: FileFilter(requiring: .test, excluding: [.documentation, .testData]),
            certainty: .possible, confirm: pause),
    ]

    /// A pause that is all that a hunk adds to a test that was there.
    private static func pause(_ candidate: ContentCandidate) -> Range<Int>? {
        guard candidate.file.old != nil, !candidate.isComment,
            let hunk = candidate.file.hunk(containing: candidate.line, on: candidate.side),
            hunk.base.isEmpty, hunk.head.count == 1
        else { return nil }
        return candidate.wholeLine
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        reportTests(change, into: &findings)
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                match.pattern == patterns.count - 1
                    ? "the test waits before it looks" : "tests may fail and try again",
                certainty: match.certainty)
        }
    }

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .retried:
            return TestObjection(
                message:
                    "test `\(change.head?.identifier ?? "")` may fail and try again: \(change.after)",
                evidence: change.after)
        case .timeoutRaised:
            return TestObjection(
                message:
                    "more time for `\(change.head?.identifier ?? "")`: `\(change.before)` became `\(change.after)`",
                evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "reruns are added", in: ExampleTests.pythonPath, ExampleTests.python,
                ("def test_adds", "@pytest.mark.flaky(reruns=5)\ndef test_adds")),
            .violating(
                "the timeout grows",
                base: [
                    "src/test/java/NetTest.java":
                        "class NetTest {\n  @Test @Timeout(5)\n  void get() { assertEquals(1, net.get()); }\n}\n"
                ],
                head: [
                    "src/test/java/NetTest.java":
                        "class NetTest {\n  @Test @Timeout(500)\n  void get() { assertEquals(1, net.get()); }\n}\n"
                ]),
            .violating(
                "mocha's retries",
                base: [
                    "test/net.test.js":
                        "it(\"gets\", function () {\n  expect(get()).toBe(1);\n});\n"
                ],
                head: [
                    "test/net.test.js":
                        "it(\"gets\", function () {\n  this.retries(4);\n  expect(get()).toBe(1);\n});\n"
                ]),
            .violating(
                "NUnit's retries",
                base: [
                    "tests/NetTests.cs":
                        "class NetTests {\n  [Test]\n  public void Gets() { Assert.AreEqual(1, Get()); }\n}\n"
                ],
                head: [
                    "tests/NetTests.cs":
                        "class NetTests {\n  [Test, Retry(5)]\n  public void Gets() { Assert.AreEqual(1, Get()); }\n}\n"
                ]),
            .clean(
                "the timeout shrinks",
                base: [
                    "src/test/java/NetTest.java":
                        "class NetTest {\n  @Test @Timeout(500)\n  void get() { assertEquals(1, net.get()); }\n}\n"
                ],
                head: [
                    "src/test/java/NetTest.java":
                        "class NetTest {\n  @Test @Timeout(5)\n  void get() { assertEquals(1, net.get()); }\n}\n"
                ]),
        ]
    }
}
