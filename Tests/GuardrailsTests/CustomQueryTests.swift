import Foundation
import Guardrails
import PolicyFiles
import RunModel
import Testing

@Suite("Custom rules with tree-sitter queries and size conditions")
struct CustomQueryTests {
    private func load(_ yaml: String) throws -> GatePolicy {
        try PolicyLoader.load(PolicyText(name: "policy.yaml", bytes: yaml.utf8), source: "test")
    }

    private func policy(_ queries: String, rest: String = "") throws -> GatePolicy {
        try load(
            """
            version: 1
            custom:
              - id: r
                title: What the query says
                action: review
                queries:
                  - \(queries)
                \(rest)
            """)
    }

    private func judge(
        _ policy: GatePolicy, base: [String: ExampleFile] = [:], head: [String: ExampleFile]
    ) async throws -> [Finding] {
        try await Gate(policy: policy, today: "2026-01-01").judge(
            base: "b", head: "h", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(base: base, head: head)
        ).findings.filter { $0.rule == "r" }
    }

    private static let call =
        #"{languages: [python], query: '(call function: (identifier) @f (#eq? @f "print")) @finding'}"#

    @Test("only what a change brings is found, whatever its layout")
    func added() async throws {
        let policy = try policy(Self.call)
        let before: ExampleFile = "def a():\n    print(1)\n"
        let after: ExampleFile = "def a():\n    print(1)\n    print(\n        2)\n# print(3)\n"
        let findings = try await judge(policy, base: ["a.py": before], head: ["a.py": after])
        #expect(findings.map(\.line) == [3])
        let moved: ExampleFile = "def b():\n    if x:\n        print(1)\n"
        #expect(
            try await judge(policy, base: ["a.py": before], head: ["b.py": moved]).isEmpty,
            "a call that moved is not new")
        #expect(try await judge(policy, head: ["a.rb": "print(1)\n"]).isEmpty)
    }

    @Test("what a change takes away is found with side: removed")
    func removed() async throws {
        let policy = try policy(
            "{languages: [go], side: removed, query: '(call_expression function: "
                + "(identifier) @f (#match? @f \"^(verify|check)\")) @finding'}")
        let before: ExampleFile = "package a\nfunc f() {\n\tverifyToken()\n\tother()\n}\n"
        let after: ExampleFile = "package a\nfunc f() {\n\tother()\n}\n"
        #expect(try await judge(policy, base: ["a.go": before], head: ["a.go": after]).count == 1)
        #expect(try await judge(policy, base: ["a.go": after], head: ["a.go": before]).isEmpty)
    }

    @Test("several languages share a query, conditions can be negated")
    func languages() async throws {
        let policy = try policy(
            "{languages: [javascript, typescript], query: '(call_expression function: (identifier)"
                + " @f (#not-any-of? @f \"log\" \"warn\")) @finding'}")
        let text: ExampleFile = "log(1); danger(2); warn(3)\n"
        let findings = try await judge(policy, head: ["a.js": text, "b.ts": text])
        #expect(findings.map(\.path) == ["a.js", "b.ts"])
    }

    @Test(
        "a query that is not understood is refused, with the place",
        arguments: [
            ("{languages: [python], query: '(call'}", "is not a query"),
            ("{languages: [python], query: '(no_such_node) @f'}", "no_such_node"),
            ("{languages: [python], query: '(call nofield: (_)) @f'}", "nofield"),
            ("{languages: [python], query: '(call)'}", "captures nothing"),
            ("{languages: [python], query: '((call) @f (#lua-match? @f \"x\"))'}", "#match?"),
            ("{languages: [python], query: '((call) @f (#match? @f \"(\"))'}", "python"),
            ("{languages: [pyton], query: '(call) @f'}", "did you mean python"),
            ("{languages: [], query: '(call) @f'}", "is empty"),
            ("{languages: [python], query: '(call) @f', side: both}", "added"),
        ])
    func refused(entry: String, word: String) {
        let error = #expect(throws: PolicyFileError.self) { try policy(entry) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    /// How long it takes is measured where nothing else is waited for: `SyntaxQueryTests`.
    @Test("a query made to explode blocks instead of passing")
    func exploding() async throws {
        let stars = (0..<12).map { "(expression_statement)* @a\($0)" }.joined(separator: " ")
        let policy = try policy("{languages: [python], query: '(module \(stars)) @finding'}")
        let text = ExampleFile(String(repeating: "f()\n", count: 4_000))
        let findings = try await judge(policy, head: ["a.py": text])
        #expect(findings.contains { $0.action == .block || $0.action == .review })
    }

    @Test("a source that is too deep or too large for a query is not judged, and blocks")
    func unjudged() async throws {
        let policy = try policy(Self.call)
        let large = ExampleFile(String(repeating: "x = 1\n", count: 800_000))
        let findings = try await judge(policy, head: ["a.py": large])
        #expect(findings.map(\.action) == [.block])
        #expect(findings.first?.message.contains("not judged") == true)
        let deep = ExampleFile(String(repeating: "(", count: 10_000) + "print(1)")
        _ = try await judge(policy, head: ["a.py": deep])
    }

    @Test("size conditions: lines added, lines removed, bytes of a file")
    func sizes() async throws {
        let policy = try load(
            """
            version: 1
            custom:
              - {id: r, title: Size, action: review, paths: ["src/**"], max_lines_added: 2,
                 max_lines_removed: 1, max_file_bytes: 10}
            """)
        let findings = try await judge(
            policy,
            base: ["src/a": "1\n2\n3\n", "src/b": "1\n"],
            head: [
                "src/a": "3\n", "src/b": "1\n2\n3\n4\n", "src/c": "12345678901", "d": "12345678901",
            ])
        #expect(findings.map(\.path) == ["src/a", "src/b", "src/c"])
    }

    @Test("examples of the policy prove its queries")
    func examples() async throws {
        let policy = try policy(
            Self.call,
            rest: """
                examples:
                      - {expect: violating, summary: prints, head: {a.py: "print(1)\\n"}}
                      - {expect: clean, summary: a comment, head: {a.py: "# print(1)\\n"}}
                      - {expect: violating, summary: wrong, head: {a.py: "log(1)\\n"}}
                """)
        let rule = try #require(policy.customRules.first)
        let outcomes = try await PolicyCheck.outcomes(of: rule)
        #expect(outcomes.map(\.holds) == [true, true, false])
    }

    /// `UPDATE_DOCS=1 swift test --filter CustomQueryTests` writes it.
    @Test("the policy's JSON Schema is generated and current")
    func schema() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/Policies/schema/guardrail-policy.json"
        let wanted = try GuardrailPolicySchema.text()
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try wanted.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == wanted)
        for key in GuardrailPolicySchema.keys { #expect(wanted.contains("\"\(key)\" :"), "\(key)") }
    }
}
