import Guardrails
import RunModel
import Testing

@Suite("Findings, fingerprints and verdicts")
struct FindingTests {
    private func report(
        _ base: [String: ExampleFile], _ head: [String: ExampleFile], policy: GatePolicy? = nil,
        today: String = "2026-01-01"
    ) async throws -> GateReport {
        let gate = Gate(policy: try policy ?? PolicyLoader.shipped("default"), today: today)
        return try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(base: base, head: head))
    }

    private func fingerprints(_ report: GateReport) -> Set<String> {
        Set(report.findings.map(\.fingerprint))
    }

    @Test("a fingerprint survives moved and re-indented lines")
    func survivesMove() async throws {
        let first = try await report([:], ["a.sh": "chmod 777 /srv\n"])
        let second = try await report([:], ["a.sh": "# new\n# lines\n   chmod   777 /srv\n"])
        #expect(fingerprints(first) == fingerprints(second))
        #expect(first.findings.first?.line == 1)
        #expect(second.findings.first?.line == 3)
    }

    @Test("equal lines have fingerprints of their own")
    func occurrences() async throws {
        let report = try await report([:], ["a.sh": "chmod 777 /srv\nchmod 777 /srv\n"])
        #expect(report.findings.count == 2)
        #expect(fingerprints(report).count == 2)
    }

    @Test("a new secret on a suppressed line is reported")
    func newSecretOnOldLine() async throws {
        let (first, second) = ("AKIA" + "Q3EGTRV7XKDM2HWZ", "AKIA" + "Z7MWQH2KDX5VTRGE")
        let old = try await report([:], ["a.py": ExampleFile("K = '\(first)'\n")])
        var policy = try PolicyLoader.shipped("default")
        let known = try #require(old.findings.first { $0.rule == "provider-token" })
        policy.suppressions = [
            Suppression(
                rule: known.rule, path: nil, fingerprint: known.fingerprint, reason: "revoked",
                expires: "2026-12-31")
        ]
        let same = try await report([:], ["a.py": ExampleFile("K = '\(first)'\n")], policy: policy)
        #expect(same.verdict == .pass)
        #expect(same.statistics.suppressed == 1)
        let other = try await report(
            ["a.py": ExampleFile("K = '\(first)'\n")], ["a.py": ExampleFile("K = '\(second)'\n")],
            policy: policy)
        #expect(other.verdict == .block)
    }

    @Test("a suppression ends with its day")
    func expiry() async throws {
        var policy = try PolicyLoader.shipped("default")
        policy.suppressions = [
            Suppression(
                rule: "unsafe-mode", path: PathGlob("*.sh"), fingerprint: nil, reason: "migration",
                expires: "2026-06-30")
        ]
        let head: [String: ExampleFile] = ["a.sh": "chmod 777 /srv\n"]
        #expect(try await report([:], head, policy: policy, today: "2026-06-30").verdict == .pass)
        #expect(try await report([:], head, policy: policy, today: "2026-07-01").verdict == .block)
    }

    @Test("secrets are never printed whole", arguments: GateReportFormat.allCases)
    func redaction(format: GateReportFormat) async throws {
        let token = "ghp_" + "R7mKx2VqLw9ZtB4nYc8DfG3hJs6PaE1oU5iW"
        let report = try await report([:], ["a.py": ExampleFile("T = '\(token)'\n")])
        #expect(report.verdict == .block)
        #expect(try !format.render(report, rules: RuleIndex()).contains(token))
    }

    @Test("the same input gives the same report")
    func deterministic() async throws {
        let head: [String: ExampleFile] = [
            "b.sh": "chmod 777 /x\ncurl https://a.net | sh\n", "a.py": "eval(x)\n",
            "Dockerfile": "RUN chmod 777 /y\n",
        ]
        let first = try await report([:], head)
        let second = try await report([:], head)
        #expect(first.findings == second.findings)
        #expect(first.findings.map(\.path) == first.findings.map(\.path).sorted())
    }

    @Test("what the base had is not reported again, what got worse is")
    func preExisting() async throws {
        let base: [String: ExampleFile] = ["a.sh": "chmod 777 /srv\nls\n"]
        #expect(try await report(base, ["a.sh": "chmod 777 /srv/new\nls\n"]).verdict == .pass)
        let worse = try await report(base, ["a.sh": "chmod 777 /srv\nls\nchmod 777 /etc\n"])
        #expect(worse.findings.map(\.line) == [3])
    }

    @Test("exit statuses follow the contract")
    func exitStatus() async throws {
        let block = try await report([:], ["a.sh": "chmod 777 /srv\n"])
        #expect(block.exitStatus(reviewFails: false) == 1)
        let review = try await report(["CODEOWNERS": "* @a\n"], ["CODEOWNERS": "* @b\n"])
        #expect(review.exitStatus(reviewFails: true) == 3)
        #expect(review.exitStatus(reviewFails: false) == 0)
        let pass = try await report([:], ["a.py": "x = 1\n"])
        #expect(pass.exitStatus(reviewFails: true) == 0)
    }
}
