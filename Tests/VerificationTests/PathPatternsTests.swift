import Testing

@testable import Verification

@Suite struct PathPatternsTests {
    @Test(arguments: [
        ("tests/**", "tests/a/b.py", true), ("tests/**", "src/tests/b.py", false),
        ("**/tests/**", "src/tests/b.py", true), ("**/tests/**", "tests/b.py", true),
        ("conftest.py", "a/b/conftest.py", true), ("conftest.py", "a/conftest.pyc", false),
        ("*_test.go", "pkg/x_test.go", true), ("src/*.py", "src/a/b.py", false),
        ("src/**/x?.py", "src/a/b/x1.py", true), ("src/**/x?.py", "src/x12.py", false),
    ])
    func matches(pattern: String, path: String, expected: Bool) {
        #expect(PathPatterns([pattern]).matches(path) == expected)
    }

    @Test func staysFastOnHostilePatterns() {
        let pattern = String(repeating: "*a", count: 40) + "b"
        #expect(!PathPatterns([pattern]).matches(String(repeating: "a", count: 400)))
    }
}
