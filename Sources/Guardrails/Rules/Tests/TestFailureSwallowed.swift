internal import RunModel
internal import SourceSyntax

/// Assertions whose failure is caught.
struct TestFailureSwallowed: TestChangeRule {
    let metadata = RuleMetadata(
        id: "test-failure-swallowed", category: .tests, severity: .high, action: .block,
        title: "Failure of an assertion swallowed",
        rationale: """
            An assertion inside a handler that catches everything, or inside a loop that tries again, fails
            without the test failing.
            """,
        remedy: "Let the failure out of the test.",
        languages: TestLanguages.all)

    func objection(to change: TestChange) -> TestObjection? {
        switch change.kind {
        case .swallowed:
            return TestObjection(
                message: "the failure of `\(change.after)` is caught and does not count",
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
