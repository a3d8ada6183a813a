internal import RunModel
internal import SourceSyntax

/// Tests that get more tries or more time.
struct TestRetryRaised: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-retry-raised", category: .tests, severity: .medium, action: .block,
        title: "Retries or timeout raised",
        rationale: """
            A test that may fail four times of five hides races and slow paths; a longer timeout hides that
            something became slow.
            """,
        remedy:
            "Find the cause; when the limit was wrong, say why in the description and let a human decide.",
        languages: TestLanguages.all)

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
