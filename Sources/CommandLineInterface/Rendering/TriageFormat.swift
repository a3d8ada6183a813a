internal import JSONText
internal import RunModel

/// How `drydock triage` prints its report.
enum TriageFormat: String, CaseIterable, Sendable {
    case text, json, markdown

    /// The whole report, ending with a line feed.
    func render(_ report: TriageReport) throws -> String {
        switch self {
        case .text: Self.text(report)
        case .json: try JSONTextEncoder.encode(report) + "\n"
        case .markdown: Self.markdown(report)
        }
    }

    private static func text(_ report: TriageReport) -> String {
        var lines = ["\(report.class.rawValue)"]
        lines += report.reasons.map { "  \($0.code): \($0.message)" }
        for test in report.tests {
            lines.append(
                "  \(test.id): \(test.class.rawValue), good \(tally(test.good)), "
                    + "bad \(tally(test.bad))"
                    + (test.decidedBy.map { ", decided by \($0)" } ?? ""))
        }
        lines += culprit(report.culprit)
        if let confidence = report.confidence {
            // Rounded down: it is never more certain than that.
            lines.append("confidence: \((confidence * 10_000).rounded(.down) / 100) %")
        }
        lines += report.drift.map(drifted)
        for hunk in report.causalHunks {
            lines += ["", "\(hunk.path) \(hunk.header)"] + hunk.lines
        }
        lines.append("runs: \(report.runs.count)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func markdown(_ report: TriageReport) -> String {
        var lines = ["## Triage: \(report.class.rawValue)", ""]
        lines += report.reasons.map { "- `\($0.code)`: \(MarkdownText.escaped($0.message))" }
        lines += [
            "", "| Test | Class | Good | Bad |",
            "|---|---|---|---|",
        ]
        lines += report.tests.map {
            "| \(MarkdownText.escaped($0.id)) | \($0.class.rawValue) | \(tally($0.good)) | "
                + "\(tally($0.bad)) |"
        }
        lines += [""] + culprit(report.culprit)
        lines += report.drift.map { "- " + MarkdownText.escaped(drifted($0)) }
        for hunk in report.causalHunks {
            // Indented, so that no line of the hunk can end a fence.
            lines += ["", "\(MarkdownText.escaped(hunk.path)) `\(hunk.header)`", ""]
            lines += hunk.lines.map { "    \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func culprit(_ culprit: TriageReport.Culprit?) -> [String] {
        guard let culprit else { return [] }
        if let commit = culprit.commit {
            let others = culprit.candidates.filter { $0 != commit }
            return ["culprit: \(commit)"]
                + (others.isEmpty ? [] : ["other culprits: \(others.joined(separator: ", "))"])
        }
        return ["candidates: \(culprit.candidates.joined(separator: ", "))"]
    }

    private static func drifted(_ package: TriageReport.DriftedPackage) -> String {
        "package \(package.name): \(package.good) passes, "
            + (package.bad.map { "\($0) fails" } ?? "it is not installed today")
    }

    private static func tally(_ tally: TriageReport.Tally?) -> String {
        guard let tally else { return "not run" }
        return "\(tally.passed)/\(tally.passed + tally.failed) passed"
    }
}
