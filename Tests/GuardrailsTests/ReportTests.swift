import Foundation
import Guardrails
import RunModel
import Testing

@Suite("Reports")
struct ReportTests {
    private func report(_ head: [String: ExampleFile]) async throws -> GateReport {
        let gate = Gate(policy: try PolicyLoader.shipped("default"), today: "2026-01-01")
        return try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(base: [:], head: head))
    }

    private func many(_ count: Int) -> GateReport {
        let findings = (0..<count).map { index in
            Finding(
                rule: "unsafe-mode", severity: .high, action: .block, path: "a b/ü\(index).sh",
                line: index + 1, message: "m", evidence: "[x](y) @me fixes #1",
                fingerprint: "\(index)")
        }
        return GateReport(
            verdict: .block, base: "b", head: "h", tree: "t",
            policy: PolicyIdentity(source: "default", digest: ""), findings: findings,
            statistics: GateStatistics())
    }

    @Test("JSON is one document with the contract's keys")
    func json() async throws {
        let report = try await report(["a.sh": "chmod 777 /srv\n", "x.so": ExampleFile(bytes: [0])])
        let text = try GateReportFormat.json.render(report, rules: RuleIndex())
        let decoded = try JSONDecoder().decode(GateReport.self, from: Data(text.utf8))
        #expect(decoded == report)
        #expect(text.contains("\"schema\" : \"drydock.gate/v1\""))
        #expect(text.contains("\"line\" : null"))
    }

    @Test("SARIF has what the standard and GitHub ask for, and stays within their limits")
    func sarif() throws {
        let text = try GateReportFormat.sarif.render(many(6_000), rules: RuleIndex())
        let log = try #require(
            JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == 5_000)
        let properties = try #require(run["properties"] as? [String: Any])
        #expect(properties["resultsLeftOut"] as? Int == 1_000)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        for result in results.prefix(3) {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
            let message = try #require((result["message"] as? [String: Any])?["text"] as? String)
            #expect(message.contains("\\[x\\]"))
        }
        #expect(text.contains("a%20b/%C3%BC0.sh"))
    }

    @Test("GitHub sees ten errors and the true count")
    func github() throws {
        let lines = try GateReportFormat.github.render(many(30), rules: RuleIndex())
            .split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("::error ") }.count == 10)
        #expect(lines.first?.contains("30 block") == true)
        #expect(lines.first?.contains("20 of them are not shown") == true)
    }

    @Test("GitLab issues have unique fingerprints")
    func gitlab() throws {
        let text = try GateReportFormat.gitlab.render(many(20), rules: RuleIndex())
        let issues = try #require(
            JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(Set(issues.compactMap { $0["fingerprint"] as? String }).count == 20)
    }

    @Test("Markdown mentions nobody, closes nothing, and fits into a comment")
    func markdown() throws {
        let text = try GateReportFormat.markdown.render(many(2_000), rules: RuleIndex())
        #expect(text.utf8.count < 65_535)
        #expect(text.contains("more findings that do not fit"))
        #expect(MarkdownText.plain("@me fixes #1 <img> [a](b)").allSatisfy { !"@<[".contains($0) })
        #expect(MarkdownText.code("a`b``c") == "```a`b``c```")
    }
}
