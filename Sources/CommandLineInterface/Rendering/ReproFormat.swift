internal import JSONText
internal import RunModel

/// How `drydock repro` prints its report.
enum ReproFormat: String, CaseIterable, Sendable {
    case text, json

    /// The whole report, ending with a line feed.
    func render(_ report: ReproReport) throws -> String {
        switch self {
        case .text: Self.text(report)
        case .json: try JSONTextEncoder.encode(report) + "\n"
        }
    }

    private static func text(_ report: ReproReport) -> String {
        var lines = [report.verdict.rawValue]
        if let bundle = report.bundle { lines.append("bundle: \(bundle)") }
        lines.append("tree: \(report.tree)")
        lines.append("recorded: \(report.recorded.description)")
        if let cause = report.recorded.cause { lines.append("cause: \(cause)") }
        for (number, run) in report.runs.enumerated() {
            lines.append("run \(number + 1): \(run.description)")
        }
        if let shrunk = report.shrunk {
            lines.append(
                "shrunk in \(shrunk.probes) runs"
                    + (shrunk.isOneMinimal ? "" : " (the runs were used up; it may be smaller)"))
            lines += list("needed tests", shrunk.tests)
            lines += list("needed files", shrunk.files)
            lines += list("needed variables", shrunk.variables)
        }
        lines += list("tests in the log", report.expectedTests)
        lines += list("not carried over", report.notCarried)
        lines += list("redacted", report.redacted)
        lines += list("differs from the recording", report.differences)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ title: String, _ items: [String]) -> [String] {
        items.isEmpty ? [] : ["\(title):"] + items.map { "  \($0)" }
    }
}
