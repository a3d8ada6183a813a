internal import RunModel

/// Bodies of tests that are there and are never run.
struct TestUnreached: PatternRule {
    let metadata = RuleMetadata(
        id: "test-unreached", category: .tests, severity: .high, action: .block,
        title: "Test body that is never run",
        rationale: """
            A body that is wrapped into a function which nobody calls, a coroutine or generator \
            that nobody waits for, or a test object that nobody looks at, passes whatever it \
            asserts: it is never run, and every assertion is still there.
            """,
        remedy: "Call what the test defines, or write it as a plain test.",
        languages: ["Python", "JavaScript", "TypeScript", "Kotlin", "Swift", "Go"])

    private static func body(
        _ expression: String, _ files: FileFilter,
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true }
    ) -> ContentPattern {
        var filter = files
        filter.requiring = .test
        return ContentPattern(
            expression, files: filter.excluding([.documentation, .testData, .vendored]),
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    private static func indentation(_ line: some StringProtocol) -> Int {
        line.prefix { $0 == " " || $0 == "\t" }.count
    }

    /// The lines of the block that begins at the candidate, its head left out.
    private static func block(_ candidate: ContentCandidate, _ count: Int = 30) -> [String] {
        let own = indentation(candidate.string)
        return Array(
            candidate.lines(1...count).prefix { line in
                line.allSatisfy(\.isWhitespace) || indentation(line) > own
            })
    }

    /// The nearest function around a line of Python, with the line above it.
    private static func enclosing(_ candidate: ContentCandidate) -> (head: String, above: String)? {
        let own = indentation(candidate.string)
        let lines = candidate.lines(-60...(-1))
        guard
            let index = lines.lastIndex(where: { line in
                let words = line.drop { $0 == " " || $0 == "\t" }
                return indentation(line) < own
                    && ["def ", "async def ", "class "].contains(where: words.hasPrefix)
            })
        else { return nil }
        return (lines[index], index > 0 ? lines[index - 1] : "")
    }

    private static func isInTest(_ candidate: ContentCandidate) -> Bool {
        guard let (head, above) = enclosing(candidate) else { return false }
        return head.contains("def test") && !above.contains("fixture")
            && !above.contains("contextmanager")
    }

    private static func words(_ line: String) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    /// A function within a test that asserts, and whose name does not come again.
    private static func isNeverCalled(_ candidate: ContentCandidate) -> Bool {
        guard isInTest(candidate),
            let keyword = words(candidate.string).firstIndex(of: "def")
        else { return false }
        let names = words(candidate.string)
        guard keyword + 1 < names.count else { return false }
        let inside = block(candidate)
        guard inside.contains(where: { words($0).contains("assert") || $0.contains(".assert") })
        else { return false }
        // A decorator or a class that a runner would look into may hand it on.
        guard candidate.lines(-1...(-1)).contains(where: { !$0.contains("@") }) else {
            return false
        }
        let rest = candidate.lines((inside.count + 1)...(inside.count + 40)).prefix { line in
            line.allSatisfy(\.isWhitespace) || indentation(line) >= indentation(candidate.string)
        }
        return !(inside + rest).contains { words($0).contains(names[keyword + 1]) }
    }

    /// A closure with an assertion in a constant whose name does not come again.
    private static func isKeptOnly(_ candidate: ContentCandidate) -> Bool {
        let before = words(String(decoding: candidate.before, as: UTF8.self))
        guard
            let keyword = before.firstIndex(where: { $0 == "let" || $0 == "const" || $0 == "val" }),
            keyword + 1 < before.count
        else { return false }
        let name = before[keyword + 1]
        return !candidate.lines(1...20).contains { line in
            line.contains("\(name)(") || line.contains("\(name).") || line.contains("(\(name)")
                || line.contains(", \(name)")
        }
    }

    private static let awaited = ["await ", "async for", "async with", "yield "]
    private static let runners = [
        "asyncio", "anyio", "trio", "tornado", "gen_test", "inlineCallbacks",
    ]

    /// A test that waits for nothing and that no plug-in is asked to run.
    private static func isIdleCoroutine(_ candidate: ContentCandidate) -> Bool {
        guard let old = candidate.file.base.text else { return false }
        let name = words(candidate.string).drop { $0 != "def" }.dropFirst().first ?? ""
        let wasPlain = (1...max(1, min(old.lineCount, 4_000))).contains { number in
            let line = old.line(number).drop { $0 == 0x20 || $0 == 0x09 }
            return line.starts(with: "def \(name)(".utf8)
        }
        return wasPlain
            && !block(candidate).contains { line in awaited.contains(where: line.contains) }
            && !candidate.lines(-5...0).contains { line in runners.contains(where: line.contains) }
    }

    let patterns = [
        body("^[ \\t]+def[ \\t]+[a-z_][A-Za-z0-9_]*[ \\t]*\\(", .python, onlyIf: isNeverCalled),
        body("^[ \\t]*async[ \\t]+def[ \\t]+test", .python, onlyIf: isIdleCoroutine),
        body("^[ \\t]+yield[ \\t]*$", .python, onlyIf: isInTest),
        body(
            "^[ \\t]*def[ \\t]+load_tests[ \\t]*\\(", .python,
            onlyIf: { candidate in
                let inside = block(candidate)
                return inside.contains { $0.contains("TestSuite(") }
                    && !inside.contains { $0.contains("addTest") || $0.contains("loader.") }
            }),
        body(
            "\\b(it|test|specify)[ \\t]*\\([^\\n]*,[ \\t]*(async[ \\t]*)?\\([a-z, ]*\\)[ \\t]*=>[ \\t]*(async[ \\t]*)?\\(?[a-z, ]*\\)?[ \\t]*=>",
            .javaScript),
        body(
            "\\bfun[ \\t]+[A-Za-z0-9_` ]+\\([ \\t]*\\)[ \\t]*=[ \\t]*\\{",
            FileFilter(extensions: ["kt"]),
            onlyIf: { candidate in
                candidate.lines(-3...0).contains { $0.contains("@Test") }
            }),
        body(
            "\\blet[ \\t]+[A-Za-z_]+[ \\t]*=[ \\t]*\\{[^\\n]*(#expect|#require|XCTAssert)", .swift,
            onlyIf: isKeptOnly),
        body(
            "\\bconst[ \\t]+[A-Za-z_]+[ \\t]*=[ \\t]*(async[ \\t]*)?\\([a-z, ]*\\)[ \\t]*=>[^\\n]*\\b(expect|assert)[.(]",
            .javaScript, onlyIf: isKeptOnly),
        body("\\bt[ \\t]*:?=[ \\t]*(&testing\\.T\\{|new\\(testing\\.T\\))", .go),
    ]

    func message(for match: ContentMatch) -> String { "what stands here is never run" }

    var examples: [RuleExample] {
        [
            .violating(
                "a function that nobody calls", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert add(1, 2) == 3\n",
                ("    assert", "    def check():\n        assert")),
            .violating(
                "a coroutine that nobody waits for", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert add(1, 2) == 3\n", ("def", "async def")),
            .violating(
                "a generator", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert add(1, 2) == 3\n", ("== 3\n", "== 3\n    yield\n")),
            .violating(
                "a function that answers a function", in: ExampleTests.javaScriptPath,
                "it(\"adds\", () => {\n  expect(add(1, 2)).toBe(3);\n});\n",
                ("() => {", "() => () => {")),
            .violating(
                "a test object that nobody looks at", in: ExampleTests.goPath, ExampleTests.go,
                ("\tif got", "\tt = &testing.T{}\n\tif got")),
            .clean(
                "a helper that is called", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert add(1, 2) == 3\n",
                (
                    "    assert add(1, 2) == 3\n",
                    "    def check(a, b, c):\n        assert add(a, b) == c\n\n    check(1, 2, 3)\n"
                )),
            .clean(
                "a coroutine that a plug-in runs", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert add(1, 2) == 3\n",
                ("def test_adds():", "@pytest.mark.asyncio\nasync def test_adds():")),
            .clean(
                "a fixture", in: "tests/conftest.py", "import pytest\n",
                (
                    "import pytest\n",
                    "import pytest\n\n\n@pytest.fixture\ndef test_client():\n    start()\n    yield\n"
                )),
        ]
    }
}
