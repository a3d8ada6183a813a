import Testing

@testable import Repair

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("tests/**", "tests/a/b.py", true), ("tests/**", "src/tests/a.py", false),
        ("**/tests/**", "src/tests/a.py", true), ("**/tests/**", "tests/a.py", true),
        ("conftest.py", "a/b/conftest.py", true), ("*.sql", "db/x.sql", true),
        ("src/*.py", "src/a.py", true), ("src/*.py", "src/a/b.py", false),
        ("src/", "src/a/b.py", true), ("a?c", "abc", true), ("a?c", "a/c", false),
        ("**", "anything/at/all", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "a/x/y/c", false), ("", "", true), ("", "a", false),
    ])
    func matches(pattern: String, path: String, expected: Bool) {
        #expect(PathPattern(pattern).matches(path) == expected)
    }

    @Test func aHostilePatternIsNotExponential() {
        let pattern = PathPattern(String(repeating: "*a", count: 40) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 4_000)))
    }
}
