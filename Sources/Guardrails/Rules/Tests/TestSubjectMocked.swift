internal import RunModel
internal import SourceSyntax

/// A mock in the place of what the test asserts.
struct TestSubjectMocked: Rule {
    let metadata = RuleMetadata(
        id: "test-subject-mocked", category: .tests, severity: .high, action: .block,
        title: "Code under test replaced by a mock",
        rationale: """
            A test that mocks the very function whose result it asserts checks the mock: the code \
            may do anything.
            """,
        remedy: "Mock what the code under test calls, not the code under test.",
        languages: ["Python", "JavaScript", "TypeScript", "Java", "Ruby", "PHP"])

    let patterns = [
        // The quoted dotted target: its last word is what is replaced.
        ContentPattern(
            "\\b(patch|mocker\\.patch|monkeypatch\\.setattr|mock\\.patch|patch\\.object|setattr)[ \\t]*\\([^\\n]*['\"]",
            files: .python),
        ContentPattern(
            "\\b(jest|vi|sinon|sandbox)\\.(mock|doMock|spyOn|stub|replace)[ \\t]*\\(",
            files: .javaScript),
        ContentPattern(
            "\\bwhen\\([ \\t]*[a-zA-Z_.]+\\(|doReturn\\([^\\n]*\\.when\\(", files: .java),
        ContentPattern("\\ballow\\([^\\n]*\\.to[ \\t]+receive\\(", files: .ruby),
        ContentPattern("->method\\([ \\t]*['\"]", files: .php),
    ]

    /// `import calc` gives way to `calc = MagicMock()`, or a mock is put where it would be found.
    private static func replacedModules(in file: ChangedFile) -> [(line: Int, name: String)] {
        guard file.traits.contains(.test), PathName(file.path).fileExtension == "py",
            let base = file.base.text, let head = file.head.text
        else { return [] }
        var found: [(Int, String)] = []
        for number in file.addedLines.prefix(2_000) {
            let line = head.string(ofLine: number)
            guard line.contains("Mock(") || line.contains("SimpleNamespace(") else { continue }
            let name =
                line.hasPrefix("sys.modules[")
                ? line.split(whereSeparator: { "\"'".contains($0) }).dropFirst().first.map(
                    String.init)
                : line.split(separator: "=").first.map { $0.filter { $0 != " " } }
            // `mock = Mock()`: the library is no code under test.
            guard let name, name.count > 2, !["mock", "Mock", "unittest.mock"].contains(name),
                name.allSatisfy({ $0.isLetter || $0.isNumber || "_.".contains($0) })
            else { continue }
            let isImported = (1...max(1, base.lineCount)).prefix(400).contains { other in
                guard other <= base.lineCount else { return false }
                let text = base.string(ofLine: other)
                return (text.hasPrefix("import ") || text.hasPrefix("from "))
                    && text.split(whereSeparator: {
                        !($0.isLetter || $0.isNumber || "_.".contains($0))
                    })
                    .contains { $0 == name }
            }
            if isImported { found.append((number, name)) }
        }
        return found
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            for (line, name) in Self.replacedModules(in: file) {
                findings.add(
                    file, at: .line(line, .head),
                    "`\(name)`, which these tests import, becomes a mock")
            }
        }
        let analysis = TestAnalysis.of(change)
        Self.reportNamesakes(change, analysis, into: &findings)
        for match in change.matches(of: metadata.id) {
            guard let path = match.file.new?.path,
                let census = analysis.censuses[TestAnalysis.Side(side: .head, path: path)]
            else { continue }
            let replaced = Self.replacedNames(match.evidence, inFile: path)
            for test in census.tests where Self.concerns(match.line, test) {
                let subjects = test.assertions.map { Self.calledNames($0.subject) }
                // The base asserted the same without a mock: what was tested is now made up.
                guard
                    let name = replaced.first(where: { name in
                        subjects.contains { $0.contains(name) }
                    }),
                    let before = analysis.censuses[
                        TestAnalysis.Side(side: .base, path: match.file.old?.path ?? path)],
                    before.tests.contains(where: { $0.identifier == test.identifier })
                else { continue }
                findings.add(
                    match.file, at: .line(match.line, .head),
                    "`\(name)` is replaced by a mock in `\(test.identifier)`, which asserts its result",
                    evidence: match.evidence)
            }
        }
    }

    /// Functions of the file of tests itself, by the name of what its tests called elsewhere before.
    private static func reportNamesakes(
        _ change: ChangeSetView, _ analysis: TestAnalysis, into findings: inout FindingCollector
    ) {
        for file in change.files where file.addedLineCount > 0 {
            guard let old = file.old?.path, let new = file.new?.path,
                let base = analysis.censuses[TestAnalysis.Side(side: .base, path: old)],
                let head = analysis.censuses[TestAnalysis.Side(side: .head, path: new)]
            else { continue }
            // Rust has code and tests in one file: another function of the name counts.
            var known: [String: Int] = [:]
            for symbol in base.symbols { known[symbol.name, default: 0] += 1 }
            let count = Dictionary(grouping: head.symbols, by: \.name).mapValues(\.count)
            let added = head.symbols.filter { symbol in
                symbol.isFunction && file.hunk(containing: symbol.line, on: .head) != nil
                    && count[symbol.name, default: 0] > known[symbol.name, default: 0]
            }
            guard !added.isEmpty else { continue }
            let asserted = borrowedNames(base)
            let still = Set(
                head.tests.flatMap { $0.assertions.flatMap { calledNames($0.subject) } })
            for symbol in added
            where asserted.contains(symbol.name) && still.contains(symbol.name) {
                findings.add(
                    file, at: .line(symbol.line, .head),
                    "`\(symbol.name)`, which these tests assert, is now a function of their own",
                    certainty: symbol.constantResult != nil || symbol.isHollow
                        ? .certain : .possible)
            }
        }
    }

    /// Functions that tests assert and do not define within themselves.
    private static func borrowedNames(_ census: TestCensus) -> Set<String> {
        var lines: [String: [Int]] = [:]
        for symbol in census.symbols where symbol.isFunction {
            lines[symbol.name, default: []].append(symbol.line)
        }
        return Set(
            census.tests.flatMap { test in
                let inside = test.line + 1..<max(test.endLine, test.line) + 1
                return test.assertions.flatMap { calledNames($0.subject) }
                    .filter { !(lines[$0] ?? []).contains(where: inside.contains) }
            })
    }

    /// Inside the test, on its decorators, or for the whole file.
    private static func concerns(_ line: Int, _ test: TestCase) -> Bool {
        (line >= test.line - 6 && line <= test.endLine) || line < 15
    }

    /// Every quoted or dotted last word of a line: what may be replaced there.
    private static func replacedNames(_ line: String, inFile path: String) -> [String] {
        var names: [String] = []
        let words = line.split {
            !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "/")
        }
        for word in words {
            let last = word.split { $0 == "." || $0 == "/" }.last.map(String.init) ?? ""
            if last.count > 2 { names.append(last) }
        }
        return names
    }

    /// Names followed by a bracket.
    private static func calledNames(_ subject: String) -> Set<String> {
        var names: Set<String> = []
        let bytes = subject.utf8
        var start = bytes.startIndex
        for (index, byte) in zip(bytes.indices, bytes) where !isNameByte(byte) {
            let word = bytes[start..<index]
            if byte == UInt8(ascii: "("), word.count > 2 {
                names.insert(String(subject[start..<index]))
            }
            start = bytes.index(after: index)
        }
        return names
    }

    /// Letters of other alphabets have bytes from 0x80 on.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
    }

    var examples: [RuleExample] {
        [
            .violating(
                "the function that is asserted is patched", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert calc.add(1, 2) == 3\n",
                (
                    "def test_adds():\n",
                    "@patch(\"calc.add\", return_value=3)\ndef test_adds(add):\n"
                )),
            .violating(
                "a spy answers in its place", in: ExampleTests.javaScriptPath,
                "it(\"adds\", () => {\n  expect(calc.add(1, 2)).toBe(3);\n});\n",
                ("  expect", "  jest.spyOn(calc, \"add\").mockReturnValue(3);\n  expect")),
            .violating(
                "Mockito answers in its place", in: ExampleTests.javaPath,
                "class CalcTest {\n  @Test\n  void adds() {\n    assertEquals(3, calc.add(1, 2));\n  }\n}\n",
                ("    assert", "    when(calc.add(1, 2)).thenReturn(3);\n    assert")),
            .violating(
                "a function of the tests' own", in: ExampleTests.pythonPath,
                "from calc import add\n\n\ndef test_adds():\n    assert add(1, 2) == 3\n",
                ("def test_adds", "def add(a, b):\n    return 3\n\n\ndef test_adds")),
            .clean(
                "each test has a function of its own to look at", in: ExampleTests.pythonPath,
                "def test_one():\n    def run():\n        return 1\n\n    assert run() == 1\n",
                (
                    "def test_one",
                    "def test_two():\n    def run():\n        return 2\n\n    assert run() == 2\n\n\ndef test_one"
                )),
            .clean(
                "a variable has the name of the library", in: ExampleTests.pythonPath,
                "from mock import Mock\n\n\ndef test_adds():\n    assert calc.add(1, 2) == 3\n",
                ("    assert", "    mock = Mock()\n    assert")),
            .clean(
                "what the code calls is patched", in: ExampleTests.pythonPath,
                "def test_adds():\n    assert calc.add(1, 2) == 3\n",
                ("def test_adds():\n", "@patch(\"calc.log\")\ndef test_adds(log):\n")),
        ]
    }
}
