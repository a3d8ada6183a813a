import Guardrails
import RunModel
import TestSupport
import Testing

@Suite("Hostile changes get a verdict in bounded time")
struct HostileInputTests {
    private func judge(
        base: [String: ExampleFile] = [:], head: [String: ExampleFile],
        limits: GateLimits = GateLimits()
    ) async throws -> GateReport {
        let gate = Gate(
            policy: try PolicyLoader.shipped("default"), today: "2026-01-01", limits: limits)
        return try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(base: base, head: head))
    }

    @Test("a file past the byte limit blocks and says so")
    func largeFile() async throws {
        var limits = GateLimits()
        limits.fileBytes = 1 << 16
        let line = ExampleFile(bytes: [UInt8](repeating: 0x61, count: 1 << 17))
        let report = try await judge(head: ["one-line.txt": line], limits: limits)
        #expect(report.verdict == .block)
        #expect(
            report.findings.contains { $0.rule == GateLimitRule.id && $0.path == "one-line.txt" })
    }

    @Test("all files together are bounded")
    func totalBytes() async throws {
        var limits = GateLimits()
        limits.totalBytes = 1 << 12
        let files = Dictionary(
            uniqueKeysWithValues: (0..<8).map {
                ("f\($0).txt", ExampleFile(bytes: [UInt8](repeating: 0x62, count: 1_000 + $0)))
            })
        #expect(try await judge(head: files, limits: limits).verdict == .block)
    }

    @Test("more files than the gate looks at block")
    func manyFiles() async throws {
        var limits = GateLimits()
        limits.files = 100
        let files = Dictionary(
            uniqueKeysWithValues: (0..<101).map { ("f\($0).txt", ExampleFile("x\n")) })
        let report = try await judge(head: files, limits: limits)
        #expect(report.verdict == .block)
        #expect(report.findings.map(\.rule) == [GateLimitRule.id])
    }

    @Test("time that has run out blocks")
    func deadline() async throws {
        var limits = GateLimits()
        limits.processorTime = .zero
        let spent = try await judge(head: ["a.py": "x = 1\n"], limits: limits)
        #expect(spent.verdict == .block)
        #expect(spent.findings.contains { $0.message.contains("processor time") })
        limits = GateLimits()
        limits.longestDuration = .zero
        #expect(try await judge(head: ["a.py": "x = 1\n"], limits: limits).verdict == .block)
    }

    @Test("a long line is judged, and a secret at its end is found")
    func longLine() async throws {
        var bytes = [UInt8](repeating: 0x20, count: 4 << 20)
        for index in stride(from: 0, to: bytes.count, by: 7) { bytes[index] = 0x78 }
        bytes += Array(("k = '" + "AKIA" + "Q3EGTRV7XKDM2HWZ'").utf8)
        let report = try await judge(head: ["data.csv": ExampleFile(bytes: bytes)])
        #expect(report.findings.contains { $0.rule == "provider-token" })
    }

    @Test(
        "text that nearly matches everywhere ends", arguments: ["eval(", "AKIA", "chmod 77 ", "||"])
    func explosivePattern(text: String) async throws {
        let line = String(repeating: text, count: 40_000)
        let report = try await judge(head: ["a.sh": ExampleFile(line), "a.py": ExampleFile(line)])
        #expect(report.statistics.files == 2)
    }

    @Test("deep nesting is no deep recursion", arguments: ["(", "[", "{", "<div>", "if x:\n "])
    func deepNesting(text: String) async throws {
        let nested = ExampleFile(String(repeating: text, count: 10_000))
        let report = try await judge(
            head: ["a.py": nested, "a.js": nested, "package.json": nested, "a.yml": nested])
        #expect(report.statistics.files == 4)
    }

    @Test("bytes that are no text, carriage returns and NUL do not hide what is added")
    func strangeBytes() async throws {
        let token = "AKIA" + "Q3EGTRV7XKDM2HWZ"
        let bytes = [0xFF, 0xFE, 0x00, 0x0D, 0x0A] + Array("k='\(token)'\r\n".utf8) + [0xC3]
        let report = try await judge(head: ["a.py": ExampleFile(bytes: bytes)])
        #expect(report.verdict == .block)
        #expect(report.findings.contains { $0.rule == "provider-token" })
        #expect(report.findings.contains { $0.rule == "binary-file" })
    }

    @Test(
        "a name with a newline cannot forge lines of any report",
        arguments: GateReportFormat.allCases)
    func newlineInName(format: GateReportFormat) async throws {
        let name = "a\n::error::forged\n@everyone <b>\u{1B}[2J.sh"
        let report = try await judge(head: [name: "chmod -R 777 /srv\n"])
        #expect(report.verdict == .block)
        let text = try format.render(report, rules: RuleIndex())
        #expect(!text.contains("\n::error::forged"))
        #expect(!text.contains("\u{1B}"))
        if format == .markdown {
            #expect(!text.contains("\n@everyone"))
        }
    }

    @Test("a rename onto a protected name is seen")
    func renameOntoProtected() async throws {
        let text: ExampleFile = "* @someone\ndocs/ @other\n"
        let report = try await judge(base: ["x.txt": text], head: [".github/CODEOWNERS": text])
        #expect(report.verdict == .review)
        #expect(report.findings.contains { $0.rule == "protected-file" })
    }

    @Test("more findings than are kept are counted and still decide")
    func findingsLeftOut() async throws {
        let lines = (0..<900).map { "chmod 777 /srv/\($0)\n" }.joined()
        let report = try await judge(head: ["a.sh": ExampleFile(lines)])
        #expect(report.verdict == .block)
        #expect(report.statistics.findingsLeftOut == 400)
    }

    @Test("random bytes in every kind of file give a verdict", arguments: 0..<24)
    func randomBytes(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed) &* 7_919 + 1)
        let names = [
            "a.py", "package.json", "go.mod", "Cargo.toml", ".github/workflows/a.yml", "Dockerfile",
            "pyproject.toml", "pom.xml", "requirements.txt", "yarn.lock", "a.tf", ".gitattributes",
        ]
        let words = [
            "[", "]", "{", "}", "\"", "'", "=", ":", "\n", "dependencies", "run:", "uses: a@b", " ",
            "\u{202E}", "eval(", "\0", "<dependency>", "require (", "\r\n", "- ", "on:", "=>",
        ]
        var head: [String: ExampleFile] = [:]
        for name in names {
            var text = ""
            for _ in 0..<400 { text += words.randomElement(using: &generator) ?? "" }
            head[name] = ExampleFile(text)
        }
        let report = try await judge(head: head)
        #expect(report.statistics.files == names.count, "seed \(seed)")
    }
}
