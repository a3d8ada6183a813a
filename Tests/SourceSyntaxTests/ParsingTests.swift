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
