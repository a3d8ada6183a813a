import SourceSyntax
import Testing

@Suite("Symbols across versions")
struct SymbolTests {
    private func symbols(_ text: String, _ path: String) throws -> [SymbolSummary] {
        let profile = try #require(LanguageCatalog.profile(path: path))
        return try TestCensus(Array(text.utf8), path: path, profile: profile).symbols
    }

    @Test(
        "a renamed function is known by its body",
        arguments: [
            (
                "a.py", "def old(a):\n    return a + 1 + b(a)\n",
                "def new(a):\n    return a + 1 + b(a)\n"
            ),
            (
                "a.go", "package a\nfunc old(a int) int { return a + 1 + b(a) }\n",
                "package a\nfunc new(a int) int {\n\treturn a + 1 + b(a)\n}\n"
            ),
            (
                "a.rs", "fn old(a: i32) -> i32 { a + 1 + b(a) }\n",
                "fn new(a: i32) -> i32 {\n    a + 1 + b(a)\n}\n"
            ),
            (
                "A.java", "class A { int old(int a) { return a + 1 + b(a); } }\n",
                "class A { int new_(int a) { return a + 1 + b(a); } }\n"
            ),
            (
                "a.c", "int old(int a) { return a + 1 + b(a); }\n",
                "int new(int a) { return a + 1 + b(a); }\n"
            ),
            ("a.rb", "def old(a)\n  a + 1 + b(a)\nend\n", "def new(a)\n  a + 1 + b(a)\nend\n"),
            (
                "a.swift", "func old(a: Int) -> Int { a + 1 + b(a) }\n",
                "func new(a: Int) -> Int { a + 1 + b(a) }\n"
            ),
        ])
    func renames(path: String, before: String, after: String) throws {
        let comparison = SymbolComparison(
            base: [try symbols(before, path)], head: [try symbols(after, path)])
        #expect(comparison.renames.map(\.before) == ["old"])
        #expect(!comparison.removed.contains("old"))
    }

    @Test("a removed function is removed, an added one is added")
    func removal() throws {
        let comparison = SymbolComparison(
            base: [try symbols("def a():\n    return 1\n", "a.py")],
            head: [try symbols("def b():\n    return open(2, x, y, z)\n", "a.py")])
        #expect(comparison.removed == ["a"])
        #expect(comparison.added == ["b"])
        #expect(comparison.renames.isEmpty)
    }
}
