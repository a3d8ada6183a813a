import Guardrails
import PolicyFiles
import RunModel
import TestSupport
import Testing

@Suite("Policies")
struct PolicyTests {
    private func load(_ yaml: String) throws -> GatePolicy {
        try PolicyLoader.load(PolicyText(name: "policy.yaml", bytes: yaml.utf8), source: "test")
    }

    @Test("every shipped policy loads", arguments: PolicyLoader.shippedNames)
    func shipped(name: String) throws {
        let policy = try PolicyLoader.shipped(name)
        #expect(policy.identity.digest?.hasPrefix("sha256:") == true)
        #expect(!policy.protectedPaths.isEmpty)
    }

    @Test(
        "what is not understood is refused with the nearest valid word",
        arguments: [
            ("version: 1\nrules: {unsafe-mode: blok}\n", "block"),
            ("version: 1\nrules: {unsafe-mod: block}\n", "unsafe-mode"),
            ("version: 1\nrulez: {}\n", "rules"),
            ("version: 1\nextends: defualt\n", "default"),
            ("version: 1\npossible_findings: reveiw\n", "review"),
        ])
    func nearest(yaml: String, word: String) {
        let error = #expect(throws: PolicyFileError.self) { try load(yaml) }
        #expect(
            error?.description.contains("did you mean \(word)") == true,
            "\(String(describing: error))")
    }

    @Test(
        "a suppression needs a target, a reason and a day",
        arguments: [
            "{rule: unsafe-mode, reason: x, expires: 2026-01-01}",
            "{rule: unsafe-mode, path: a, reason: \" \", expires: 2026-01-01}",
            "{rule: unsafe-mode, path: a, reason: x, expires: 2026-02-30}",
            "{rule: unsafe-mode, path: a, reason: x}",
            "{rule: no-such-rule, path: a, reason: x, expires: 2026-01-01}",
        ])
    func suppressions(entry: String) {
        #expect(throws: PolicyFileError.self) { try load("version: 1\nsuppressions: [\(entry)]\n") }
    }

    @Test("a policy of 100 MB is refused without being read")
    func hugePolicy() {
        #expect(throws: PolicyFileError.self) {
            try PolicyText(name: "p.yaml", bytes: [UInt8](repeating: 0x23, count: 100 << 20))
        }
    }

    @Test("actions, scope and bounds take effect")
    func takesEffect() async throws {
        let policy = try load(
            "version: 1\nextends: default\nrules: {unsafe-mode: warn}\nscope: [\"src/**\"]\n"
                + "bounds: {lines_added: 1}\n")
        let report = try await Gate(policy: policy, today: "2026-01-01").judge(
            base: "b", head: "h", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree,
            reader: MemoryTreeReader(
                base: [:], head: ["src/a.sh": "chmod 777 /x\nls\n", "b.txt": "b\n"]))
        let actions = Dictionary(
            report.findings.map { ($0.rule, $0.action) }, uniquingKeysWith: { first, _ in first })
        #expect(actions["unsafe-mode"] == .warn)
        #expect(actions["task-scope"] == .block)
        #expect(actions["change-size"] == .review)
    }

    @Test("a custom rule finds what it describes, and proves itself")
    func customRule() async throws {
        let policy = try load(
            """
            version: 1
            custom:
              - id: no-print
                title: Output by print
                action: block
                paths: ["src/**"]
                added: ["\\\\bprint\\\\("]
                examples:
                  - {expect: violating, summary: prints, head: {"src/a.py": "print(1)\\n"}}
                  - {expect: clean, summary: elsewhere, head: {"b.py": "print(1)\\n"}}
            """)
        let rule = try #require(policy.customRules.first)
        for example in rule.examples {
            let findings = try await ExampleJudge.findings(of: rule, in: example)
            #expect(findings.isEmpty == (example.expectation == .clean), "\(example.summary)")
        }
    }

    @Test("a pattern that would explode is refused or matched in linear time")
    func explodingPattern() throws {
        #expect(throws: PolicyFileError.self) {
            try load(
                "version: 1\ncustom: [{id: a, title: a, action: block, added: [\"(a{1,30000}){1,30000}\"]}]\n"
            )
        }
        _ = try load(
            "version: 1\ncustom: [{id: a, title: a, action: block, added: [\"(a+)+b\"]}]\n")
    }

    @Test("mutated policies are refused or loaded, never more", arguments: 0..<60)
    func mutated(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var bytes = Array(
            "version: 1\nextends: default\nrules: {unsafe-mode: block}\nscope: [\"a/**\"]\nprotected: [{paths: [x], action: warn, reason: r}]\n"
                .utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
        }
        do {
            _ = try PolicyLoader.load(PolicyText(name: "p", bytes: bytes), source: "p")
        } catch {
            #expect(!error.description.isEmpty)
        }
    }
}
