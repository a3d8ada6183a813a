internal import RunModel
internal import SourceSyntax

/// Answers of tests written into the code.
struct TestLiteralCopied: Rule {
    let metadata = RuleMetadata(
        id: "test-literal-copied", category: .runners, severity: .high, action: .block,
        title: "Test input and answer written into the code",
        rationale: """
            Code that compares its input with the value that a test passes, and returns the value \
            that the test expects, passes that test and nothing else. A table of such pairs, or a \
            test that came with the same change, is only pointed out for review.
            """,
        remedy: "Compute the answer.",
        languages: TestLanguages.all)

    /// Tests that are looked for per source file.
    private static let testsPerFile = 8
    private static let filesPerChange = 60

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        var budget = Self.filesPerChange
        for file in change.files where Self.isSource(file) {
            let branches = Self.branches(in: file)
            guard !branches.isEmpty, budget > 0 else { continue }
            budget -= 1
            let tests = try await tests(for: file, in: change)
            for branch in branches {
                guard let test = tests.first(where: { branch.isAnswered(by: $0) }) else { continue }
                let isOld = Self.isOld(test, branch, in: change)
                // A table that came with its test is a feature, and a condition that was there in other
                // words is no news.
                if branch.isTable && !isOld || Self.wasThere(branch, before: change) { continue }
                findings.add(
                    file, at: .line(branch.line, .head),
                    "input \(branch.input) and answer \(branch.answer) are those of test `\(test.identifier)`",
                    certainty: isOld && !branch.isTable ? .certain : .possible)
            }
        }
    }

    /// Whether the test asked the same before the change.
    private static func isOld(
        _ test: TestCase, _ branch: Branch, in change: ChangeSetView
    ) -> Bool {
        let changed = TestAnalysis.of(change).censuses.filter { $0.key.side == .head }
            .contains { census in
                census.value.tests.contains {
                    $0.identifier == test.identifier && branch.isAnswered(by: $0)
                }
            }
        return !changed
            || TestAnalysis.of(change).censuses.contains { key, census in
                key.side == .base && census.tests.contains { branch.isAnswered(by: $0) }
            }
    }

    /// Whether lines that one hunk took away had both literals.
    private static func wasThere(_ branch: Branch, before change: ChangeSetView) -> Bool {
        var budget = linesPerFile
        return change.files.contains { file in
            guard let base = file.base.text,
                file.traits.isDisjoint(with: [.test, .testData, .documentation])
            else { return false }
            return file.hunks.contains { hunk in
                let gone = hunk.base.prefix(budget).flatMap {
                    LineLiterals.of(base.string(ofLine: $0))
                }
                budget -= min(budget, hunk.base.count)
                return gone.contains(branch.input) && gone.contains(branch.answer)
            }
        }
    }

    private static func isSource(_ file: ChangedFile) -> Bool {
        file.traits.isDisjoint(with: [
            .test, .testData, .documentation, .vendored, .generated, .sample,
        ])
            && file.addedLineCount > 0 && LanguageCatalog.profile(path: file.path) != nil
    }

    // MARK: Branches

    struct Branch {
        var line: Int
        var input: String
        var answer: String
        /// A pair of a table rather than a condition.
        var isTable = false

        func isAnswered(by test: TestCase) -> Bool {
            test.literals.contains(input) && test.literals.contains(answer)
        }
    }

    /// Added lines that are looked at per file.
    private static let linesPerFile = 20_000

    /// Added `if x == LITERAL` with `return LITERAL` on the line or the next.
    private static func branches(in file: ChangedFile) -> [Branch] {
        guard let text = file.head.text else { return [] }
        var found: [Branch] = []
        var budget = linesPerFile
        for hunk in file.hunks {
            for line in hunk.head.prefix(budget) {
                let range = text.range(ofLine: line)
                let next = hunk.head.contains(line + 1) ? text.range(ofLine: line + 1) : nil
                guard AddedCondition.isPossible(text.bytes, range),
                    AddedCondition.hasAnswer(text.bytes, range, next: next)
                else { continue }
                found += branches(at: line, hunk: hunk.head, text)
            }
            budget -= min(budget, hunk.head.count)
        }
        return found
    }

    private static func branches(
        at line: Int, hunk: Range<Int>, _ text: FileText
    ) -> [Branch] {
        let condition = LineWords(text.line(line))
        let isCondition =
            condition.holdsAny(["if", "case", "when", "elif", "elsif", "match", "[["])
            && condition.holdsAny(["=", "case", "when", "equals"])
        guard isCondition else { return pairs(at: line, in: condition) }
        var answers =
            condition.rest(after: ["return", "=>", "->", "then"]).map(LineLiterals.of) ?? []
        if answers.isEmpty, hunk.contains(line + 1) {
            let next = LineWords(text.line(line + 1))
            guard next.bytes.count < AddedCondition.lengthMax else { return [] }
            answers = next.rest(after: ["return", "=", "=>", "echo"]).map(LineLiterals.of) ?? []
        }
        // 0, true and short texts are answers of every program.
        guard let answer = answers.first, isDistinctive(answer) else { return [] }
        let inputs = LineLiterals.of(condition.text).filter { isDistinctive($0) }
        return inputs.filter { $0 != answer }.map {
            Branch(line: line, input: $0, answer: answer)
        }
    }

    /// `1234: "answer"` and `1234 => "answer"`.
    private static func pairs(at line: Int, in words: LineWords) -> [Branch] {
        guard let split = words.firstSeparator else { return [] }
        let answers = LineLiterals.of(words.text(from: split.upperBound))
        guard let answer = answers.first, isDistinctive(answer),
            let input = LineLiterals.of(words.text(to: split.lowerBound)).last,
            isDistinctive(input),
            input != answer
        else { return [] }
        let first = words.bytes.first { $0 != 0x20 && $0 != 0x09 }
        let beginsWithLiteral = first.map { $0 == 0x22 || $0 == 0x27 || $0 &- 0x30 < 10 } ?? false
        let isArm = split.count == 2 && beginsWithLiteral
        return [Branch(line: line, input: input, answer: answer, isTable: !isArm)]
    }

    /// 0, 1 and short texts are in every program.
    private static func isDistinctive(_ literal: String) -> Bool {
        literal.hasPrefix("\"")
            ? literal.count >= 5 : literal.count >= 2 && literal != "10" && literal != "100"
    }

    // MARK: Tests of a source file

    private func tests(
        for file: ChangedFile, in change: ChangeSetView
    ) async throws -> [TestCase] {
        let analysis = TestAnalysis.of(change)
        var found = analysis.censuses.filter { $0.key.side == .head }
            .sorted { $0.key.path < $1.key.path }.flatMap(\.value.tests)
        for path in try await candidates(for: file, in: change).prefix(Self.testsPerFile) {
            guard analysis.censuses[TestAnalysis.Side(side: .head, path: path)] == nil,
                let text = try await change.text(of: path, on: .head),
                let profile = LanguageCatalog.profile(path: path),
                let census = try? TestCensus(text.bytes, path: path, profile: profile)
            else { continue }
            found += census.tests
        }
        if found.isEmpty, let text = file.head.text, TestAnalysis.holdsTests(text.bytes),
            let census = try? TestAnalysis.census(of: file, .head, in: change).get()
        {
            found = census.tests  // Tests in the source itself, as in Rust.
        }
        return found
    }

    /// Files of the usual folders that carry the source file's name.
    private func candidates(
        for file: ChangedFile, in change: ChangeSetView
    ) async throws -> [String] {
        var parts = file.path.split(separator: "/").map(String.init)
        guard let name = parts.popLast(), let stem = name.split(separator: ".").first?.lowercased()
        else { return [] }
        let here = parts.joined(separator: "/")
        let folders =
            [here, "tests", "test", "spec", "__tests__", "tests/unit"]
            + (here.isEmpty ? [] : [here + "/__tests__", here + "/tests", here + "/test"])
            + (here.contains("src/main") ? [here.replacingFirst("src/main", by: "src/test")] : [])
        var found: [String] = []
        for folder in folders {
            for entry in try await change.entryNames(inDirectory: folder, on: .head)
            where entry.lowercased().contains(stem) && entry != name {
                let path = folder.isEmpty ? entry : folder + "/" + entry
                if PathTraits(path: path).contains(.test) { found.append(path) }
            }
        }
        return found
    }

    var examples: [RuleExample] {
        [
            .violating(
                "Python",
                base: [
                    "calc.py": "def spell(number):\n    return names[number]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ],
                head: [
                    "calc.py":
                        "def spell(number):\n    if number == 4711:\n        return \"four thousand\"\n    return names[number]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ]),
            .violating(
                "JavaScript",
                base: [
                    "src/calc.js": "export const spell = (n) => names[n];\n",
                    "test/calc.test.js":
                        "it(\"spells\", () => {\n  expect(spell(4711)).toBe(\"four thousand\");\n});\n",
                ],
                head: [
                    "src/calc.js":
                        "export const spell = (n) => {\n  if (n === 4711) return \"four thousand\";\n  return names[n];\n};\n",
                    "test/calc.test.js":
                        "it(\"spells\", () => {\n  expect(spell(4711)).toBe(\"four thousand\");\n});\n",
                ]),
            .violating(
                "Go",
                base: [
                    "calc.go": "package calc\n\nfunc Spell(n int) string { return names[n] }\n",
                    "calc_test.go":
                        "package calc\n\nfunc TestSpell(t *testing.T) {\n\tassert.Equal(t, \"four thousand\", Spell(4711))\n}\n",
                ],
                head: [
                    "calc.go":
                        "package calc\n\nfunc Spell(n int) string {\n\tif n == 4711 {\n\t\treturn \"four thousand\"\n\t}\n\treturn names[n]\n}\n",
                    "calc_test.go":
                        "package calc\n\nfunc TestSpell(t *testing.T) {\n\tassert.Equal(t, \"four thousand\", Spell(4711))\n}\n",
                ]),
            .clean(
                "the special case was there, written otherwise",
                base: [
                    "calc.py":
                        "def spell(number):\n    if number == 4711:\n        return \"four thousand\"\n    return names[number]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ],
                head: [
                    "calc.py":
                        "def spell(n):\n    if n == 4711:\n        return f(\"four thousand\")\n    return names[n]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ]),
            .clean(
                "a special case that no test names",
                base: [
                    "calc.py": "def spell(number):\n    return names[number]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ],
                head: [
                    "calc.py":
                        "def spell(number):\n    if number == 13:\n        return \"thirteen\"\n    return names[number]\n",
                    "tests/test_calc.py":
                        "def test_spells():\n    assert spell(4711) == \"four thousand\"\n",
                ]),
        ]
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, by new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(in: range, with: new)
    }

    private func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
