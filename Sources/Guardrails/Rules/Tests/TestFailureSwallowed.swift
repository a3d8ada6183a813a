internal import RunModel
internal import SourceSyntax

/// Assertions whose failure is caught.
struct TestFailureSwallowed: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-failure-swallowed", category: .tests, severity: .high, action: .block,
        title: "Failure of an assertion swallowed",
        rationale: """
            An assertion inside a handler that catches everything, or inside a loop that tries again, fails \
            without the test failing.
            """,
        remedy: "Let the failure out of the test.",
        languages: TestLanguages.all)

    private static let javaScriptTests = FileFilter.javaScript.union(
        FileFilter(requiring: .test, excluding: [.documentation, .vendored]))

    let patterns = [
        // A promise's verdict that nobody waits for.
        ContentPattern(
            "^[ \\t]*expect\\([^\\n]*\\)\\.(resolves|rejects)\\.", files: javaScriptTests,
            confirm: { candidate in
                let above = candidate.lines(-1...(-1)).first ?? ""
                let isPassedOn = ["(", "[", ",", "=>", "await", "return", "="].contains {
                    above.trimmingSuffix().hasSuffix($0)
                }
                let isSettled = [".then(done", ".catch(done", ".finally("].contains {
                    candidate.string.contains($0)
                }
                return candidate.isComment || isPassedOn || isSettled ? nil : candidate.wholeLine
            }),
        ContentPattern(
            "\\bexpect\\([^\\n]*\\.catch\\([ \\t]*\\(?[a-z_]*\\)?[ \\t]*=>[ \\t]*\\{?[ \\t]*\\}?",
            files: javaScriptTests, confirm: { $0.isComment ? nil : $0.wholeLine }),
        // A panic that is caught and forgotten.
        ContentPattern(
            "defer[ \\t]+func\\(\\)[ \\t]*\\{[ \\t]*(_[ \\t]*=[ \\t]*)?recover\\(\\)[ \\t;]*\\}",
            files: .go, confirm: { $0.file.traits.contains(.test) ? $0.wholeLine : nil }),
        ContentPattern(
            "let[ \\t]+_[a-z_]*[ \\t]*=[ \\t]*[a-z:]*catch_unwind|catch_unwind\\([^\\n]*\\)\\.(ok|unwrap_or)",
            files: .rust,
            confirm: { candidate in
                let inTests =
                    candidate.file.traits.contains(.test)
                    || candidate.lines(-200...0).contains { $0.contains("#[cfg(test)]") }
                return inTests && !candidate.isComment ? candidate.wholeLine : nil
            }),
        // The shell's assertions, which count only by their status.
        ContentPattern(
            "^[ \\t]*(\\[|\\[\\[|test[ \\t]|assert|refute|grep[ \\t]|diff[ \\t]|cmp[ \\t])[^\\n]*\\|\\|[ \\t]*(true|:)[ \\t]*$",
            files: .shell,
            confirm: { $0.file.traits.contains(.test) && !$0.isComment ? $0.wholeLine : nil }),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        reportTests(change, into: &findings)
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                match.pattern == 0
                    ? "nobody waits for this assertion: it fails after the test has passed"
                    : "a failure here does not count", certainty: match.certainty)
        }
    }

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .swallowed:
            return TestObjection(
                message:
                    "the failure of `\(change.after)` is caught and does not count, or it is never reached",
                evidence: change.after)
        default: return nil
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "caught and passed over", in: ExampleTests.pythonPath, ExampleTests.python,
                (
                    "    assert total == 3\n",
                    "    try:\n        assert total == 3\n    except AssertionError:\n        pass\n"
                )),
            .violating(
                "tried again in a loop", in: ExampleTests.pythonPath, ExampleTests.python,
                (
                    "    assert total == 3\n",
                    "    for _ in range(5):\n        try:\n            assert total == 3\n            break\n        except AssertionError:\n            continue\n"
                )),
            .violating(
                "caught and logged", in: ExampleTests.javaScriptPath, ExampleTests.javaScript,
                (
                    "    expect(add(1, 2)).toBe(3);\n",
                    "    try {\n      expect(add(1, 2)).toBe(3);\n    } catch (error) {\n      console.log(error);\n    }\n"
                )),
            .violating(
                "caught and ignored", in: ExampleTests.javaPath, ExampleTests.java,
                (
                    "    assertEquals(3, calc.add(1, 2));\n",
                    "    try {\n      assertEquals(3, calc.add(1, 2));\n    } catch (Throwable ignored) {\n    }\n"
                )),
            .clean(
                "caught to be named and thrown on", in: ExampleTests.pythonPath,
                ExampleTests.python,
                (
                    "    assert total == 3\n",
                    "    try:\n        assert total == 3\n    except AssertionError:\n        print(total)\n        raise\n"
                )),
        ]
    }
}

extension String {
    fileprivate func trimmingSuffix() -> Substring {
        var text = self[...]
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
