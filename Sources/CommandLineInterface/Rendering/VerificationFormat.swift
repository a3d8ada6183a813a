internal import JSONText
internal import RunModel

/// How `drydock verify` prints its report.
enum VerificationFormat: String, CaseIterable, Sendable {
    case text, json, junit, markdown

    /// The whole report, ending with a line feed.
    func render(_ report: VerificationReport) throws -> String {
        switch self {
        case .text: Self.text(report)
        case .json: try JSONTextEncoder.encode(report) + "\n"
        case .junit: Self.junit(report)
        case .markdown: Self.markdown(report)
        }
    }

    private static func text(_ report: VerificationReport) -> String {
        var lines = ["\(report.verdict.rawValue): tree \(report.tree)"]
        lines += report.reasons.map { "  \($0.code): \($0.message)" }
        for (title, tests) in groups(report.tests) where !tests.isEmpty {
            lines.append("\(title) (\(tests.count)):")
            lines += tests.prefix(50).map { "  \($0)" }
            if tests.count > 50 { lines.append("  and \(tests.count - 50) more") }
        }
        if let canaries = report.canaries {
            lines.append("canaries: \(canaries.failed) of \(canaries.planted) failed, as they must")
        }
        lines.append("runs: \(report.runs.count)")
        if let attestation = report.attestation { lines.append("attestation: \(attestation)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func markdown(_ report: VerificationReport) -> String {
        var lines = [
            "## Verification: \(report.verdict.rawValue)", "", "Tree `\(report.tree)`", "",
        ]
        lines += report.reasons.map { "- `\($0.code)`: \(escaped($0.message))" }
        lines += ["", "| Tests | Count |", "|---|---|"]
        lines += groups(report.tests).map { "| \($0.title) | \($0.tests.count) |" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One case per test that matters here: what is not proved is a failure.
    private static func junit(_ report: VerificationReport) -> String {
        let failing = report.tests.stillFailing + report.tests.broken + report.tests.missing
        let reasons = report.reasons.map { "\($0.code): \($0.message)" }.joined(separator: "\n")
        let isRed = report.verdict != .verified
        var cases = report.tests.fixed.map {
            "<testcase classname=\"fixed\" name=\"\(quoted($0))\"/>"
        }
        cases += failing.map {
            "<testcase classname=\"failing\" name=\"\(quoted($0))\"><failure/></testcase>"
        }
        cases += report.tests.skipped.map {
            "<testcase classname=\"skipped\" name=\"\(quoted($0))\"><skipped/></testcase>"
        }
        cases.append(
            isRed
                ? "<testcase classname=\"drydock\" name=\"verdict\"><failure message=\"\(report.verdict.rawValue)\">\(quoted(reasons))</failure></testcase>"
                : "<testcase classname=\"drydock\" name=\"verdict\"/>")
        let failures = failing.count + (isRed ? 1 : 0)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<testsuite name=\"drydock verify\" tests=\"\(cases.count)\" failures=\"\(failures)\" "
            + "errors=\"0\" skipped=\"\(report.tests.skipped.count)\">\n"
            + cases.map { "  \($0)\n" }.joined() + "</testsuite>\n"
    }

    private static func groups(
        _ tests: VerificationReport.Tests
    ) -> [(title: String, tests: [String])] {
        [
            ("fixed", tests.fixed), ("still failing", tests.stillFailing),
            ("broken", tests.broken), ("missing", tests.missing), ("skipped", tests.skipped),
            ("flaky", tests.flaky), ("failing before and left alone", tests.preExisting),
        ]
    }

    /// Ids and messages come from reports: what XML gives a meaning, or forbids, is replaced.
    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value):
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func escaped(_ text: String) -> String { MarkdownText.escaped(text) }
}

/// Text of others inside of Markdown.
enum MarkdownText {
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "\\`*_{}[]<>()#+!|@".contains(character) { result += "\\" }
            result.append(character.isNewline ? " " : character)
        }
    }
}
