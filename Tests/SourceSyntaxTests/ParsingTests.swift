import SourceSyntax
import Testing

@Suite("Parsing is bounded and total")
struct ParsingTests {
    @Test(
        "every language parses its own small program",
        arguments: LanguageCatalog.all.map(\.language))
    func grammarsFit(language: SyntaxLanguage) throws {
        let source = try ParsedSource(Array("a\n".utf8), language: language)
        #expect(!source.nodes.isEmpty)
        #expect(source.nodes[0].end <= 2)
    }

    @Test("nodes nest: every subtree ends where its parent's does, or before")
    func nodesNest() throws {
        let text = "class A:\n    def f(self):\n        return [1, (2, 3)]\n"
        let source = try ParsedSource(Array(text.utf8), language: .python)
        for (index, node) in source.nodes.enumerated() where node.parent >= 0 {
            let parent = source.nodes[Int(node.parent)]
            #expect(Int(node.parent) < index)
            #expect(node.subtreeEnd <= parent.subtreeEnd)
            #expect(node.start >= parent.start && node.end <= parent.end)
        }
    }

    @Test("a source over the byte limit is refused")
    func largeSource() {
        #expect(throws: ParseFailure.tooLarge(bytes: 101, limit: 100)) {
            try ParsedSource(
                [UInt8](repeating: 0x61, count: 101), language: .c,
                limits: ParseLimits(bytes: 100))
        }
    }

    @Test("10,000 levels of nesting are refused, not followed")
    func deepNesting() {
        let text = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(throws: ParseFailure.tooDeep(limit: 2_000)) {
            try ParsedSource(Array(text.utf8), language: .javascript)
        }
    }

    @Test("a tree over the node limit is refused")
    func manyNodes() {
        let text = String(repeating: "f(1);\n", count: 1_000)
        #expect(throws: ParseFailure.tooManyNodes(limit: 500)) {
            try ParsedSource(
                Array(text.utf8), language: .javascript, limits: ParseLimits(nodes: 500))
        }
    }

    static let hostile: [(String, [UInt8])] = [
        ("nothing", []),
        ("NUL bytes", [0, 0, 0, 0x0A, 0]),
        ("invalid UTF-8", [0xFF, 0xFE, 0xC0, 0x80, 0x28, 0x22, 0xF8]),
        ("carriage returns", Array("def test_a():\r\n    assert a == 1\r\n".utf8)),
        ("an open string", Array("test(\"a".utf8)),
        ("an open comment", Array("/* func TestA".utf8)),
        ("brackets that fit nothing", Array(")]}>(((]]]{{{)".utf8)),
        ("half a test", Array("def test_(".utf8)),
        ("half an assertion", Array("expect(".utf8)),
        ("half a chain", Array("it('a', () => { expect(1).".utf8)),
        ("half a macro", Array("assert_eq!(".utf8)),
        ("half an annotation", Array("@Test(".utf8)),
        ("half a table", Array("it.each([[1, 2".utf8)),
        ("half a check", Array("func TestA(t *testing.T) { if got != ".utf8)),
        ("only operators", Array("assert == != < > not in is".utf8)),
    ]

    @Test(
        "hostile input gives a census in every language",
        arguments: LanguageCatalog.all.map(\.language))
    func hostileInput(language: SyntaxLanguage) throws {
        let profile = try #require(LanguageCatalog.profile(of: language))
        for (what, bytes) in Self.hostile {
            _ = try TestCensus(bytes, path: "tests/test_a", profile: profile)
            // Every prefix of a program is a broken program.
            for length in 0..<bytes.count {
                let census = try TestCensus(
                    Array(bytes.prefix(length)), path: "tests/test_a", profile: profile)
                #expect(census.errorBytes <= length, "\(what)")
            }
        }
    }

    /// Built so that a reader which looks twice at everything would need hours.
    static let large: [(String, String, String)] = [
        (
            "tests/test_a.py", "many functions",
            String(repeating: "def test_a():\n    assert a\n", count: 3_000)
        ),
        (
            "tests/test_a.py", "many decorators",
            String(repeating: "@pytest.mark.x\n", count: 20_000) + "def test_a():\n    pass\n"
        ),
        (
            "tests/test_a.py", "many nested functions",
            "def test_a():\n" + String(repeating: "    def f():\n        return 1\n", count: 3_000)
        ),
        (
            "a.test.js", "brackets that do not fit",
            String(repeating: "(", count: 30_000) + String(repeating: "]", count: 30_000)
        ),
        (
            "a.test.js", "nested expectations",
            String(repeating: "expect(", count: 900) + String(repeating: "a,", count: 20_000)
                + String(repeating: ")", count: 900)
        ),
        (
            "a.test.js", "a long chain",
            "it('a', () => { expect(1)" + String(repeating: ".not", count: 20_000) + " });"
        ),
        (
            "a.test.js", "nested groups",
            String(repeating: "describe('a', () => {", count: 300)
                + String(repeating: "it('b', () => { expect(a).toBe(1); });", count: 3_000)
                + String(repeating: "});", count: 300)
        ),
        (
            "a_test.go", "many checks",
            "package a\nfunc TestA(t *testing.T) {\n"
                + String(repeating: "if a != 1 { t.Fatal(1) }\n", count: 3_000) + "}\n"
        ),
        (
            "ATest.java", "nested attempts",
            "class ATest { @Test void a() {" + String(repeating: "try {", count: 300)
                + String(repeating: "assertEquals(1, a);", count: 5_000)
                + String(repeating: "} catch (Throwable t) {}", count: 300) + "}}"
        ),
    ]

    @Test("large input takes time in proportion", arguments: large.indices)
    func largeInput(index: Int) throws {
        let (path, what, text) = Self.large[index]
        let profile = try #require(LanguageCatalog.profile(path: path))
        // Debug builds on loaded machines: the bound is against hours, not seconds.
        let limits = ParseLimits(timeMilliseconds: 60_000)
        let start = ContinuousClock.now
        do throws(ParseFailure) {
            let census = try TestCensus(
                Array(text.utf8), path: path, profile: profile, limits: limits)
            #expect(census.path == path)
        } catch {
            #expect(error == .tooDeep(limit: limits.depth), "\(what)")
        }
        #expect(ContinuousClock.now - start < .seconds(120), "\(what)")
    }

    @Test("two large tests are compared in bounded time")
    func largeComparison() throws {
        let profile = try #require(LanguageCatalog.profile(path: "tests/test_a.py"))
        func census(_ word: String) throws -> TestCensus {
            let lines = (0..<1_500).map { "    assert \(word)\($0) == \($0)\n" }.joined()
            let tests = (0..<1_500).map {
                "def test_\(word)\($0)():\n    assert \(word)(\($0)) == 1\n"
            }.joined()
            return try TestCensus(
                Array("def test_all():\n\(lines)\(tests)".utf8), path: "tests/test_a.py",
                profile: profile, limits: ParseLimits(timeMilliseconds: 60_000))
        }
        let comparison = TestComparison(base: [try census("a")], head: [try census("b")])
        #expect(!comparison.changes.isEmpty)
    }

    @Test("the language is known by extension, and by the first line without one")
    func detection() {
        #expect(LanguageCatalog.profile(path: "a/b.tsx")?.language == .tsx)
        #expect(LanguageCatalog.profile(path: "a/B.PY")?.language == .python)
        #expect(LanguageCatalog.profile(path: "README.md") == nil)
        #expect(
            LanguageCatalog.profile(path: "run", head: Array("#!/bin/sh\n".utf8))?.language == .bash
        )
        #expect(
            LanguageCatalog.profile(
                path: "run", head: Array("#!/usr/bin/env python3.11 -u\n".utf8))?
                .language == .python)
        #expect(LanguageCatalog.profile(path: ".profile") == nil)
    }
}
