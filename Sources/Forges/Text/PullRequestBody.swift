internal import Foundation
package import RunModel

/// Everything that a reviewer should know of a verified change, and where to check it.
package struct PullRequestContent: Sendable {
    package var report: HealReport
    package var verification: VerificationReport
    package var gate: GateReport?
    /// The proposal's own words.
    package var kind: String
    package var explanation: String
    package var warnings: [String] = []
    package var changelog: String?
    package var changedPaths: [String] = []
    package var log = ""
    /// The failure's signature: the key by which duplicates are found.
    package var signature: String
    /// Head of the audit log's chain when the body was written.
    package var auditHead: String?
    package var approvedBy: String?

    package init(
        report: HealReport, verification: VerificationReport, kind: String, explanation: String,
        signature: String
    ) {
        self.report = report
        self.verification = verification
        self.kind = kind
        self.explanation = explanation
        self.signature = signature
    }
}

/// Writes the body of a pull request (docs/heal.md lists its parts).
package enum PullRequestBody {
    private static let listLimit = 30

    package static func title(_ content: PullRequestContent) -> String {
        let tests = content.verification.tests.fixed
        let first = tests.first ?? "the build"
        return "Repair \(first)" + (tests.count > 1 ? " and \(tests.count - 1) more" : "")
    }

    package static func markdown(_ content: PullRequestContent) -> String {
        let sections = [
            verdict(content), tests(content), causes(content), change(content), proof(content),
            attempts(content), footer(content),
        ]
        return sections.compactMap(\.self).joined(separator: "\n\n")
    }

    private static func verdict(_ content: PullRequestContent) -> String {
        let triage = content.report.triage
        let culprit = triage?.culprit?.commit.map {
            ", culprit \(Markdown.code(String($0.prefix(12))))"
        }
        let kind = content.kind.replacing("_", with: " ")
        var lines = [
            "**Verified** repair of a \(triage?.class.rawValue.replacing("_", with: " ") ?? "failure")"
                + "\(culprit ?? ""), by \(Markdown.line(kind)).",
            "", Markdown.line(content.explanation, limit: 2_000),
        ]
        for warning in content.warnings { lines.append("\n> **Weigh:** \(Markdown.line(warning))") }
        if let person = content.approvedBy {
            lines.append("\nLet out by \(Markdown.line(person)), for exactly this tree.")
        }
        return lines.joined(separator: "\n")
    }

    private static func tests(_ content: PullRequestContent) -> String {
        let tests = content.verification.tests
        let bad = Dictionary(
            (content.report.triage?.tests ?? []).map { ($0.id, $0.bad) }, uniquingKeysWith: { $1 })
        var lines = ["## Tests", "", "| Test | Before | After |", "|---|---|---|"]
        for test in tests.fixed.prefix(listLimit) {
            let before = bad[test].map { "failed \($0.failed) of \($0.failed + $0.passed)" }
            lines.append("| \(cell(test)) | \(before ?? "failed") | passes |")
        }
        if tests.fixed.count > listLimit {
            lines.append("| and \(tests.fixed.count - listLimit) more | failed | passes |")
        }
        // Not of the runs with canaries, which are no tests of the project.
        let passed =
            content.verification.runs.filter { $0.role == "plain" }.map(\.passed).max() ?? 0
        lines += ["", "\(passed) tests pass with the change; none that passed before fails."]
        if !tests.preExisting.isEmpty {
            lines.append(
                "\(tests.preExisting.count) failed before the culprit already and were left alone: "
                    + list(tests.preExisting))
        }
        if !tests.flaky.isEmpty { lines.append("Flaky, and so not counted: " + list(tests.flaky)) }
        return lines.joined(separator: "\n")
    }

    private static func causes(_ content: PullRequestContent) -> String? {
        guard let hunks = content.report.triage?.causalHunks, !hunks.isEmpty else { return nil }
        let text = hunks.map { hunk in
            "--- \(hunk.path)\n\(hunk.header)\n" + hunk.lines.joined(separator: "\n")
        }
        let log =
            content.log.isEmpty
            ? "" : "\n\n## The failure\n\n" + Markdown.block(String(content.log.suffix(2_000)))
        return "## What caused it\n\n"
            + Markdown.block(text.joined(separator: "\n"), language: "diff") + log
    }

    private static func change(_ content: PullRequestContent) -> String {
        var lines = ["## The change", ""]
        lines += content.changedPaths.prefix(listLimit).map { "- \(Markdown.code($0))" }
        if let gate = content.gate {
            let statistics = gate.statistics
            lines += [
                "",
                "\(statistics.linesAdded) lines added, \(statistics.linesRemoved) removed. "
                    + "Guardrails: **\(gate.verdict.rawValue)** by \(statistics.rules) rules "
                    + "(policy \(Markdown.code(gate.policy.source))); "
                    + (gate.findings.isEmpty
                        ? "no findings." : "\(gate.findings.count) findings:"),
            ]
            lines += gate.findings.prefix(listLimit).map {
                "- \(Markdown.code($0.rule)) \(Markdown.line($0.path)): \(Markdown.line($0.message))"
            }
        }
        if let changelog = content.changelog {
            lines += [
                "", "### From the dependency's own change log", "", Markdown.block(changelog),
            ]
        }
        return lines.joined(separator: "\n")
    }

    private static func proof(_ content: PullRequestContent) -> String {
        let verification = content.verification
        var lines = [
            "## How it was verified", "",
            "Clean checkout, tests as they are on the base, fresh sandbox for every run.", "",
            "| Run | Outcome | Passed | Failed | Skipped | Time |", "|---|---|---|---|---|---|",
        ]
        lines += verification.runs.prefix(listLimit).map { run in
            "| \(cell(run.role)) | \(run.outcome.rawValue)"
                + "\(run.exitCode.map { " \($0)" } ?? "") | \(run.passed) | \(run.failed) | "
                + "\(run.skipped) | \(Int(run.wallMilliseconds)) ms |"
        }
        lines += [
            "",
            "- exit code, console and report \(verification.channels.agree ? "agree" : "disagree")",
            verification.canaries.map {
                "- \($0.failed) of \($0.planted) planted canaries failed, as they must"
            } ?? "- no canaries for this test runner",
            "- tree \(Markdown.code(verification.tree)); exactly this tree was pushed",
        ]
        lines += verification.reasons.map {
            "- \(Markdown.code($0.code)): \(Markdown.line($0.message))"
        }
        if let attestation = verification.attestation {
            lines.append("- attestation \(Markdown.code(attestation))")
        }
        return lines.joined(separator: "\n")
    }

    private static func attempts(_ content: PullRequestContent) -> String {
        var lines = [
            "## Attempts and cost", "", "| # | Fixer | Gate | Verification | Note |",
            "|---|---|---|---|---|",
        ]
        lines += content.report.attempts.map { attempt in
            "| \(attempt.number) | \(cell(attempt.fixer)) | \(attempt.gate?.rawValue ?? "-") | "
                + "\(attempt.verify?.rawValue ?? "-") | \(cell(attempt.note)) |"
        }
        let budget = content.report.budget
        lines += [
            "",
            "\(Int(budget.tokens.used)) tokens, \(Int(budget.costUSD.used * 100)) US cents, "
                + "\(Int(budget.wallMilliseconds.used / 1000)) s.",
        ]
        return lines.joined(separator: "\n")
    }

    private static func footer(_ content: PullRequestContent) -> String {
        let incident = content.report.incident ?? ""
        let audit = content.auditHead.map { "Audit log head \(Markdown.code($0)). " } ?? ""
        return """
            \(audit)Incident \(Markdown.code(incident)): `drydock runs show` tells its story. \
            A human merges; Drydock has no code that could.

            <!-- drydock: \(comment(incident: incident, content)) -->
            """
    }

    /// JSON in a comment: `--` would end it (HTML Standard, section 13.1.6).
    private static func comment(incident: String, _ content: PullRequestContent) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let fields = [
            "incident": incident, "signature": content.signature, "tree": content.verification.tree,
        ]
        let text = (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return text.replacing("--", with: "-\\u002d").replacing(">", with: "\\u003e")
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(10).map { Markdown.code($0) }.joined(separator: ", ")
            + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }

    private static func cell(_ text: String) -> String { Markdown.line(text, limit: 200) }
}
