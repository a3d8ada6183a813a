import Guardrails
import Testing

@Suite("Path patterns")
struct PathGlobTests {
    @Test(
        "match",
        arguments: [
            ("*.py", "a/b/c.py"), ("src/**", "src/a/b.c"), ("/.*/**", ".github/x.yml"),
            ("**/tests/**", "a/tests/b/c"), ("a/*/c", "a/b/c"), ("a/**/c", "a/c"),
            ("*.{js,ts}", "x/y.ts"), ("[a-c].txt", "b.txt"), ("[!a].txt", "b.txt"),
            ("dir/", "dir/x"), ("CODEOWNERS", "docs/CODEOWNERS"), ("a?c", "abc"),
        ])
    func matches(pattern: String, path: String) throws {
        #expect(try #require(PathGlob(pattern)).matches(path))
    }

    @Test(
        "do not match",
        arguments: [
            ("*.py", "a.pyc"), ("src/**", "lib/src/a"), ("a/*/c", "a/b/x/c"),
            ("[a-c].txt", "d.txt"),
            ("/x.txt", "a/x.txt"), ("a?c", "a/c"), ("tests/**", "tests"),
        ])
    func differs(pattern: String, path: String) throws {
        #expect(try !#require(PathGlob(pattern)).matches(path))
    }

    @Test(
        "what is no pattern is refused",
        arguments: ["", "[a", "{a,b", "{a,b}{c,d}{e,f}{g,h}{i,j}{k,l}{m,n}{o,p}{q,r}"])
    func refused(pattern: String) {
        #expect(PathGlob(pattern) == nil)
    }

    @Test("many stars take no exponential time")
    func manyStars() throws {
        let glob = try #require(PathGlob("a/" + String(repeating: "*a", count: 40) + "b"))
        #expect(!glob.matches("a/" + String(repeating: "a", count: 400)))
    }
}
