internal import Forges
internal import Repair
internal import RunModel

/// The ticket that a human gets instead of a pull request: a diagnosis that saves the morning.
enum EscalationReport {
    static func title(_ report: HealReport) -> String {
        let test = report.triage?.tests.first?.id ?? "the build"
        return "Needs a human: \(test)"
    }

    static func markdown(_ report: HealReport, state: HealState) -> String {
        var parts = ["**Not repaired:** " + Markdown.line(report.escalation?.reason ?? "")]
        if let triage = report.triage {
            parts.append(diagnosis(triage))
        }
        if !report.attempts.isEmpty {
            let rows = report.attempts.map { attempt in
                "| \(attempt.number) | \(Markdown.line(attempt.fixer)) | "
                    + "\(attempt.gate?.rawValue ?? "-") | \(attempt.verify?.rawValue ?? "-") | "
                    + "\(Markdown.line(attempt.note)) |"
            }
            parts.append(
                "## What was tried\n\n| # | Fixer | Gate | Verification | Why it ended |\n"
                    + "|---|---|---|---|---|\n" + rows.joined(separator: "\n"))
        }
        if !state.declined.isEmpty {
            let rows = state.declined.map {
                "- \(Markdown.code($0.fixer)): \(Markdown.line($0.note))"
            }
            parts.append("## Who had nothing to propose\n\n" + rows.joined(separator: "\n"))
        }
        if let gate = state.gate, gate.verdict != .pass {
            let rows = gate.findings.prefix(30).map {
                "- \(Markdown.code($0.rule)) in \(Markdown.code($0.path)): "
                    + Markdown.line($0.message)
            }
            parts.append("## What the gate objected to\n\n" + rows.joined(separator: "\n"))
        }
        if let log = state.detection?.log, !log.isEmpty {
            parts.append("## The failure\n\n" + Markdown.block(String(log.suffix(4_000))))
        }
        parts.append(
            "Incident \(Markdown.code(report.incident ?? "")): `drydock runs show` tells its story."
        )
        return parts.joined(separator: "\n\n")
    }

    private static func diagnosis(_ triage: TriageReport) -> String {
        var lines = [
            "## Diagnosis", "",
            "Class: **\(triage.class.rawValue.replacing("_", with: " "))**.",
        ]
        lines += triage.reasons.map { "\(Markdown.code($0.code)): \(Markdown.line($0.message))" }
        if let commit = triage.culprit?.commit {
            lines.append("Culprit: \(Markdown.code(commit)).")
        } else if let candidates = triage.culprit?.candidates, !candidates.isEmpty {
            lines.append(
                "One of \(candidates.count) commits: "
                    + candidates.prefix(10).map { Markdown.code(String($0.prefix(12))) }
                    .joined(separator: ", "))
        }
        lines += ["", "| Test | Class | Good | Bad |", "|---|---|---|---|"]
        lines += triage.tests.prefix(30).map { test in
            "| \(Markdown.line(test.id)) | \(test.class.rawValue) | "
                + (test.good.map { "\($0.passed) passed, \($0.failed) failed" } ?? "not run")
                + " | "
                + "\(test.bad.passed) passed, \(test.bad.failed) failed |"
        }
        if !triage.causalHunks.isEmpty {
            let text = triage.causalHunks.map { hunk in
                "--- \(hunk.path)\n\(hunk.header)\n" + hunk.lines.joined(separator: "\n")
            }
            lines += ["", Markdown.block(text.joined(separator: "\n"), language: "diff")]
        }
        return lines.joined(separator: "\n")
    }
}
