import Foundation
import RunModel
import TestSupport
import Testing

@testable import Forges

@Suite struct ForgesTests {
    static func draft(_ branch: String = "drydock/heal-inc-1", target: String = "main")
        -> PullRequestDraft
    {
        PullRequestDraft(
            branch: branch, head: String(repeating: "a", count: 40), target: target,
            title: "Repair <script>", body: "body", reviewers: ["Ada\n<ada@example.org>"])
    }

    @Test func theSamePullRequestIsOpenedOnce() async throws {
        try await withTemporaryDirectory { directory in
            let forge = LocalForge(directory: directory, defaultBranch: "main")
            #expect(try await forge.pullRequest(ofBranch: "drydock/heal-inc-1") == nil)
            let first = try await forge.openPullRequest(Self.draft())
            var again = Self.draft()
            again.head = String(repeating: "b", count: 40)
            #expect(try await forge.openPullRequest(again) == first)
            #expect(try await forge.pullRequest(ofBranch: first.branch) == first)
            let files = try FileManager.default.contentsOfDirectory(atPath: directory + "/pulls")
            #expect(files == ["heal-inc-1.md"])
            let text = try String(
                contentsOfFile: directory + "/pulls/heal-inc-1.md", encoding: .utf8)
            #expect(text.contains("state: draft"))
            #expect(!text.contains("<script>"))
            #expect(text.contains("reviewers: Ada<ada@example.org>"))
        }
    }

    @Test func oneTicketPerIncident() async throws {
        try await withTemporaryDirectory { directory in
            let forge = LocalForge(directory: directory, defaultBranch: "main")
            let first = try await forge.openIssue(Ticket(incident: "inc-1", title: "t", body: "1"))
            let again = try await forge.openIssue(Ticket(incident: "inc-1", title: "t", body: "2"))
            #expect(first == again)
            let text = try String(contentsOfFile: directory + "/issues/inc-1.md", encoding: .utf8)
            #expect(text.contains("1") && !text.contains("2"))
        }
    }

    @Test(arguments: [
        "main", "master", "feature", "drydock/../main", "drydock/", "drydock//x", "drydock/X",
        "refs/heads/main", "drydock/a b", "drydock/a~1", "drydock/\u{202E}x",
    ])
    func onlyItsOwnBranchesArePushed(name: String) async throws {
        #expect(throws: ForgeError.self) { try BranchName(name) }
        try await withTemporaryDirectory { directory in
            let forge = LocalForge(directory: directory, defaultBranch: "main")
            await #expect(throws: ForgeError.self) {
                _ = try await forge.openPullRequest(Self.draft(name))
            }
        }
    }

    @Test(arguments: [
        "<!-- x -->", "[a](http://e.org)", "![a](b)", "@everyone", "fixes #1", "`code`", "*b*",
        "a\u{202E}b", "a\u{200B}b", "https://example.org", "a\nb", "| cell |", "&lt;",
    ])
    func untrustedTextMeansNothing(text: String) {
        let line = Markdown.line(text)
        #expect(!line.contains("\n"))
        #expect(!line.contains("<!--") && !line.contains("](") && !line.contains("://"))
        #expect(!line.contains("@e") && !line.contains("#1"))
        #expect(!line.unicodeScalars.contains("\u{202E}"))
    }

    @Test(arguments: ["```\n# heading\n```", "````", "a`b``c", "~~~", "</code>"])
    func nothingEndsAFenceFromInside(text: String) throws {
        let block = Markdown.block(text)
        let fence = try #require(block.split(separator: "\n").first)
        let inner = block.split(separator: "\n").dropFirst().dropLast()
        #expect(fence.allSatisfy { $0 == "`" })
        #expect(!inner.contains { $0.hasPrefix(fence) })
        #expect(block.hasSuffix("\n" + fence))
        let code = Markdown.code(text)
        #expect(!code.contains("\n"))
    }

    @Test func longTextIsCutAndSaysSo() {
        let block = Markdown.block(String(repeating: "x", count: 20_000), limit: 100)
        #expect(block.utf8.count < 200)
        #expect(block.contains("shortened"))
    }

    @Test func theBodyTellsWhatAReviewerNeeds() {
        let hostile = "--><script>@everyone"
        var triage = TriageReport(
            class: .regression,
            tests: [
                .init(id: "t::x", class: .regression, good: .init(passed: 5), bad: .init(failed: 5))
            ],
            culprit: .init(commit: String(repeating: "c", count: 40), candidates: []))
        triage.causalHunks = [
            .init(path: "a.py", header: "@@ -1 +1 @@", lines: ["-good", "+```", "+bad"])
        ]
        var verification = VerificationReport(verdict: .verified, reasons: [], tree: "tree")
        verification.tests.fixed = ["t::x", hostile]
        verification.tests.preExisting = ["t::old"]
        var report = HealReport(outcome: .pullRequest, incident: "inc-1", triage: triage)
        report.attempts = [
            .init(number: 1, fixer: "partial-revert", gate: .pass, verify: .verified, note: hostile)
        ]
        let body = PullRequestBody.markdown(
            PullRequestContent(
                report: report, verification: verification, kind: "partial_revert",
                explanation: hostile, signature: hostile))
        for part in [
            "Verified", "cccccccccccc", "failed 5 of 5", "What caused it", "How it was verified",
            "Attempts and cost", "tree", "left alone", "<!-- drydock: {",
        ] {
            #expect(body.contains(part), "\(part)")
        }
        #expect(!body.contains("<script>@everyone"))
        // The one comment ends where it should.
        #expect(body.ranges(of: "-->").count == 1)
        #expect(body.hasSuffix("-->"))
    }
}
